import { ActionIcon, Button, Group, Input, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { T } from '../text';
import { Icon } from '../ui/icons';
import type { ControlProps } from './ParamField';

const asTextFrom = 40; // chips beyond this many are harder to read than lines

/** ListInput takes several values: as chips, or one a line. */
export function ListInput({ numbers, value, onChange, ...control }: ControlProps & { numbers: boolean; value?: unknown[]; onChange: (v: unknown[] | undefined) => void }) {
  const list = Array.isArray(value) ? value.map(String) : [];
  const [lines, setLines] = useState(list.length > asTextFrom);
  const [draft, setDraft] = useState<string>();
  const put = (all: string[]) => onChange(all.length === 0 ? undefined : numbers ? all.map((v) => (v.trim() !== '' && !Number.isNaN(Number(v)) ? Number(v) : v)) : all);
  const toggle = (
    <Button size="compact-xs" variant="subtle" onClick={() => setLines(!lines)} disabled={control.disabled}>
      {lines ? T.form.asChips : T.form.asLines}
    </Button>
  );
  if (lines) {
    return (
      <Stack gap={4}>
        <Textarea
          {...control}
          placeholder={undefined}
          description={<>{control.description} {T.form.oneALine}</>}
          value={draft ?? list.join('\n')}
          onChange={(e) => {
            setDraft(e.currentTarget.value);
            put(e.currentTarget.value.split('\n').filter((l) => l.trim() !== ''));
          }}
          onBlur={() => setDraft(undefined)}
          autosize
          minRows={3}
          maxRows={14}
          spellCheck={false}
        />
        <div>{toggle}</div>
      </Stack>
    );
  }
  return (
    <Stack gap={4}>
      <TagsInput {...control} placeholder={list.length === 0 ? T.form.addValue : undefined} value={list} onChange={put} splitChars={['\n']} clearable={false} />
      <div>{toggle}</div>
    </Stack>
  );
}

/** MapInput takes names with values. */
export function MapInput({ value, onChange, ...control }: ControlProps & { value?: Record<string, unknown>; onChange: (v: Record<string, unknown> | undefined) => void }) {
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries(value ?? {}).map(([k, v]) => [k, String(v)]));
  const put = (next: [string, string][]) => {
    setRows(next);
    const named = next.filter(([k]) => k !== '');
    onChange(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  return (
    <Input.Wrapper label={control.label} description={control.description} error={control.error} withAsterisk={control.withAsterisk} labelElement="div">
      <Stack gap="xs" mt={6}>
        {rows.map(([k, v], i) => (
          <Group key={i} gap="xs" wrap="nowrap">
            <TextInput flex={1} aria-label={T.form.keyOf(control.label, i + 1)} value={k} disabled={control.disabled} onChange={(e) => put(rows.map((r, j) => (j === i ? [e.currentTarget.value, r[1]] : r)))} />
            <TextInput flex={1} aria-label={T.form.valueOf(control.label, i + 1)} value={v} disabled={control.disabled} onChange={(e) => put(rows.map((r, j) => (j === i ? [r[0], e.currentTarget.value] : r)))} />
            <ActionIcon variant="default" size="lg" aria-label={T.form.removeRow(i + 1)} onClick={() => put(rows.filter((_, j) => j !== i))} disabled={control.disabled}>
              <Icon name="trash" />
            </ActionIcon>
          </Group>
        ))}
        <div>
          <Button id={control.id} size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} onClick={() => setRows([...rows, ['', '']])} disabled={control.disabled}>
            {T.form.addTo(control.label)}
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  );
}
