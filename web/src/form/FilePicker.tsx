import { Button, FileButton, Group, Input, MultiSelect, Progress, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { asProblem } from '../api/client';
import { changed, useFiles, useMay } from '../api/queries';
import { upload } from '../api/upload';
import { T } from '../text';
import { bytes } from '../ui/format';
import type { ControlProps } from './ParamField';

interface Props extends ControlProps {
  many: boolean;
  value: unknown;
  source: string;
  onChange: (v: unknown) => void;
}

/** FilePicker takes stored files, and stores new ones on the way. */
export function FilePicker({ many, value, source, onChange, ...control }: Props) {
  const [search, setSearch] = useState('');
  const [progress, setProgress] = useState<number>();
  const [fault, setFault] = useState('');
  const may = useMay();
  const list = useFiles({ limit: 200, source: source || undefined, name: search.includes('·') ? undefined : search || undefined });
  const chosen = (many ? ((value as unknown[]) ?? []) : value === undefined ? [] : [value]).map(String);
  const options = (list.data?.files ?? []).map((f) => ({ value: String(f.id), label: `${f.name} · ${f.id} · ${bytes(f.size)}` }));
  for (const id of chosen) if (!options.some((o) => o.value === id)) options.push({ value: id, label: id });
  const put = (ids: string[]) => onChange(ids.length === 0 ? undefined : many ? ids : ids[0]);
  const store = async (files: File[]) => {
    setFault('');
    let ids = chosen;
    try {
      for (const f of files) {
        const made = await upload(f, source, setProgress);
        ids = many ? [...ids, String(made.id)] : [String(made.id)];
        put(ids);
      }
      await changed('files');
    } catch (e) {
      setFault(asProblem(e).detail);
    } finally {
      setProgress(undefined);
    }
  };
  const shared = { ...control, placeholder: chosen.length ? undefined : T.form.pickFile, data: options, searchable: true, searchValue: search, onSearchChange: setSearch, nothingFoundMessage: T.form.noFile, flex: 1, clearable: true };
  return (
    <Stack gap={6}>
      {many ? <MultiSelect {...shared} value={chosen} onChange={put} /> : <Select {...shared} value={chosen[0] ?? null} onChange={(v) => put(v === null ? [] : [v])} />}
      {may('write') && (
        <Group gap="xs">
          <FileButton multiple={many} onChange={(f) => f && void store(Array.isArray(f) ? f : [f])} inputProps={{ 'aria-label': T.form.uploadFor(control.label) }}>
            {(b) => <Button {...b} size="xs" variant="default" disabled={control.disabled}>{T.form.upload}</Button>}
          </FileButton>
          {progress !== undefined && <Progress value={progress * 100} w={160} aria-label={T.files.uploading} />}
        </Group>
      )}
      {fault && <Input.Error><Text span>{fault}</Text></Input.Error>}
    </Stack>
  );
}
