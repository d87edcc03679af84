import { Badge, Group, ScrollArea, Stack, Table, Tabs, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type Run, type Schemas } from '../api/client';
import { T } from '../text';
import { CodeBlock, Id, Panel, Size, Verdict } from '../ui/basics';
import { plural } from '../ui/format';
import { Tree } from '../ui/tree';
import { Items } from './Items';

interface View {
  name: string;
  label: ReactNode;
  show: () => ReactNode;
}

function views(run: Run): View[] {
  const w = T.result;
  const rows = run.result?.rows?.length ?? 0;
  const list: View[] = [
    { name: 'return', label: w.returnData, show: () => <ReturnData run={run} /> },
    { name: 'result', label: w.result, show: () => <ResultTable table={run.result} /> },
    { name: 'raw', label: w.rawData, show: () => (run.rawData == null ? <Nothing /> : <Tree value={run.rawData} label={w.rawData} />) },
    { name: 'keys', label: w.keyFields, show: () => <KeyFields of={run.keyFields as Record<string, unknown[]>} /> },
    { name: 'output', label: w.outputData, show: () => (isEmpty(run.outputData) ? <Nothing /> : <CodeBlock text={JSON.stringify(run.outputData, null, 2)} label={w.outputData} />) },
  ];
  if (run.plan?.length) list.splice(1, rows === 0 ? 1 : 0, { name: 'plan', label: w.plan, show: () => <Plan steps={run.plan ?? []} /> });
  if (run.items?.length) list.push({ name: 'items', label: `${w.items} (${run.progress.itemsTotal || run.items.length})`, show: () => <Items run={run} /> });
  if (run.error) list.push({ name: 'error', label: <Text span inherit c="var(--mantine-color-error)">{w.error}</Text>, show: () => <Failure error={run.error!} /> });
  return list;
}

const isEmpty = (v: unknown) => v == null || (typeof v === 'object' && Object.keys(v).length === 0);

/** Result is the result window of a run that has ended. */
export function Result({ run, title }: { run: Run; title?: ReactNode }) {
  const list = views(run);
  const best = run.error ? 'error' : run.plan?.length ? 'plan' : run.result?.rows?.length ? 'result' : 'return';
  const [tab, setTab] = useState<string | null>(null);
  const shown = list.some((v) => v.name === tab) ? tab : best;
  return (
    <Panel title={title} actions={<Verdict run={run} size="lg" />}>
      <Tabs value={shown} onChange={setTab} keepMounted={false}>
        <ScrollArea type="auto" offsetScrollbars="x">
          <Tabs.List style={{ flexWrap: 'nowrap' }}>{list.map((v) => <Tabs.Tab key={v.name} value={v.name} className="nowrap">{v.label}</Tabs.Tab>)}</Tabs.List>
        </ScrollArea>
        {list.map((v) => <Tabs.Panel key={v.name} value={v.name} pt="md">{v.show()}</Tabs.Panel>)}
      </Tabs>
    </Panel>
  );
}

const Nothing = () => <Text c="dimmed">{T.result.nothing}</Text>;

function ReturnData({ run }: { run: Run }) {
  return (
    <Stack gap="xs">
      <Text size="xl" fw={650}>{run.returnData ?? T.state[run.state]}</Text>
      <Text c="dimmed">{run.dryRun ? T.result.dryRun : T.result.means[run.returnData ?? 'none']}</Text>
      <Group gap="xs"><Text size="sm" c="dimmed">{T.runs.id}</Text><Id of={run.runId} /></Group>
    </Stack>
  );
}

/** Cells shows rows under their columns; a long table shows its first rows. */
export function Cells({ columns, rows, label }: { columns: string[]; rows: ReactNode[][]; label: string }) {
  const [shown, setShown] = useState(100);
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={Math.min(columns.length * 110, 900)} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}>
        <Table striped withTableBorder aria-label={label}>
          <Table.Thead><Table.Tr>{columns.map((c) => <Table.Th key={c}>{c}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>{rows.slice(0, shown).map((r, i) => <Table.Tr key={i}>{r.map((v, j) => <Table.Td key={j} className="breaks">{v}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows.length > shown && <div><button type="button" onClick={() => setShown(shown + 1000)}>{T.tree.more(rows.length - shown)}</button></div>}
    </Stack>
  );
}

const cell = (v: unknown) => (v === null || v === undefined ? T.none : typeof v === 'object' ? JSON.stringify(v) : String(v));

function ResultTable({ table }: { table: Schemas['ResultTable'] }) {
  if (!table?.rows?.length) return <Nothing />;
  return <Cells columns={table.columns ?? []} rows={table.rows.map((r) => (r ?? []).map(cell))} label={T.result.result} />;
}

function KeyFields({ of }: { of: Record<string, unknown[]> }) {
  const names = Object.keys(of ?? {});
  if (names.length === 0) return <Nothing />;
  return (
    <Stack gap="md">
      {names.map((n) => (
        <div key={n}>
          <Group gap="xs" mb={4}><Text fw={600}>{n}</Text><Badge variant="default" tt="none">{plural(of[n].length, 'value')}</Badge></Group>
          <CodeBlock text={JSON.stringify(of[n], null, of[n].length > 20 ? 0 : 2)} label={n} />
        </div>
      ))}
    </Stack>
  );
}

function Plan({ steps }: { steps: Schemas['PlanStep'][] }) {
  return <Cells columns={[T.result.item, T.result.action, T.result.size]} rows={steps.map((s) => [s.item, T.action[s.action as 'create'] ?? s.action, s.size ? <Size of={s.size} /> : T.none])} label={T.result.plan} />;
}

export function Failure({ error }: { error: NonNullable<Run['error']> }) {
  const w = T.result;
  return (
    <Stack gap="md">
      <Table variant="vertical" withTableBorder layout="fixed">
        <Table.Tbody>
          {([[w.indicator, error.failureIndicator], [w.status, String(error.statusCode)], [w.message, error.message], [w.kind, error.kind], [w.fix, error.fix]] as const).map(
            ([name, v]) => v && <Table.Tr key={name}><Table.Th w={150}>{name}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>,
          )}
        </Table.Tbody>
      </Table>
      {!!error.items?.length && (
        <Cells
          label={w.failing}
          columns={[w.item, w.operation, w.code, w.status, w.message, w.fix, w.request]}
          rows={error.items.map((i) => [i.item || i.field || T.none, i.operation || T.none, i.code || T.none, i.statusCode || T.none, i.message, i.fix || T.none, i.requestId || T.none])}
        />
      )}
    </Stack>
  );
}
