import { Anchor, Button, FileButton, Group, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { asProblem, type StoredFile } from '../api/client';
import { changed, useFiles, useMay } from '../api/queries';
import { upload } from '../api/upload';
import { T } from '../text';
import { Fault, Loading, Page, Size, Time, useParams } from '../ui/basics';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';

const perPage = 50;

/** Files lists what is stored, and takes more. */
export default function Files() {
  const [params, set] = useParams();
  const after = Number(params.get('after')) || undefined;
  const q = useFiles({ name: params.get('name') || undefined, source: params.get('source') || undefined, limit: perPage, after });
  const may = useMay();
  const w = T.files;
  const files = q.data?.files ?? [];
  return (
    <Page title={w.title} sub={w.sub}>
      {may('write') && <Drop source={params.get('source') ?? ''} />}
      <Group gap="sm">
        <TextInput flex="1 1 200px" maw={360} aria-label={w.search} placeholder={w.search} leftSection={<Icon name="search" />} value={params.get('name') ?? ''} onChange={(e) => set({ name: e.currentTarget.value, after: undefined })} />
        <Select aria-label={w.source} placeholder={w.anySource} data={[...w.sources]} value={params.get('source')} onChange={(v) => set({ source: v ?? undefined, after: undefined })} clearable w={220} />
      </Group>
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading />}
      {q.isSuccess && (
        <>
          <Grid<StoredFile>
            label={w.title}
            records={files}
            idAccessor="id"
            none={params.get('name') || params.get('source') ? w.noMatch : w.none}
            columns={[
              { accessor: 'id', title: w.id },
              { accessor: 'name', title: w.name, render: (f) => <Anchor component={Link} href={`/files/${f.id}`} className="breaks">{f.name}</Anchor> },
              { accessor: 'size', title: w.size, render: (f) => <Size of={f.size} /> },
              { accessor: 'source', title: w.source },
              { accessor: 'createdAt', title: w.stored, render: (f) => <Time at={f.createdAt} /> },
            ]}
          />
          <Group justify="flex-end" gap="xs">
            {after && <Button size="xs" variant="default" onClick={() => set({ after: undefined }, false)}>{T.first}</Button>}
            {q.data.next && <Button size="xs" variant="default" onClick={() => set({ after: String(q.data.next) }, false)}>{T.next}</Button>}
          </Group>
        </>
      )}
    </Page>
  );
}

interface Going {
  name: string;
  part: number;
  fault?: string;
  id?: number;
}

/** Drop takes files by hand, by drag and drop, and by keyboard. */
function Drop({ source }: { source: string }) {
  const [over, setOver] = useState(false);
  const [list, setList] = useState<Going[]>([]);
  const w = T.files;
  const store = async (files: File[]) => {
    const base = list.length;
    const note = (i: number, change: Partial<Going>) => setList((now) => now.map((g, j) => (j === base + i ? { ...g, ...change } : g)));
    setList((now) => [...now, ...files.map((f) => ({ name: f.name, part: 0 }))]);
    for (const [i, f] of files.entries()) {
      try {
        const made = await upload(f, source, (part) => note(i, { part }));
        note(i, { part: 1, id: made.id });
      } catch (e) {
        const p = asProblem(e);
        note(i, { fault: `${p.detail} ${p.fix ?? ''}` });
      }
    }
    await changed('files', 'audit');
  };
  return (
    <Stack gap="xs">
      <div
        className="drop"
        data-over={over}
        onDragOver={(e) => (e.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(e) => (e.preventDefault(), setOver(false), void store([...e.dataTransfer.files]))}
      >
        <Group justify="center" gap="sm">
          <Icon name="up" />
          <Text>{w.drop}</Text>
          <FileButton multiple onChange={(f) => void store(f)} inputProps={{ 'aria-label': w.choose }}>{(b) => <Button {...b} size="xs">{w.choose}</Button>}</FileButton>
        </Group>
      </div>
      <div aria-live="polite">
        {list.map((g, i) => (
          <Group key={i} gap="sm" wrap="nowrap" my={4}>
            <Text size="sm" flex="1 1 0" miw={0} className="breaks">{g.id ? <Anchor component={Link} href={`/files/${g.id}`}>{g.name}</Anchor> : g.name}</Text>
            {g.fault ? <Text size="sm" c="var(--mantine-color-error)" flex="2 1 0">{g.fault}</Text> : <Progress value={g.part * 100} w={140} aria-label={w.progressOf(g.name)} color={g.id ? 'green' : 'sea'} />}
            <Text size="sm" c="dimmed" w={70}>{g.id ? w.done : g.fault ? w.failed : `${Math.round(g.part * 100)} %`}</Text>
          </Group>
        ))}
      </div>
    </Stack>
  );
}
