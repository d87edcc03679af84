import { Anchor, Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Run } from '../api/client';
import { type RunFilter, useConnections, useIntegration, useIntegrations, useMay, useNames, useRuns, useSession, useTokens } from '../api/queries';
import { T } from '../text';
import { Empty, Fault, Loading, Page, Time, useParams, Verdict } from '../ui/basics';
import { duration, words } from '../ui/format';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';
import { Pager, usePager } from '../ui/pager';

const perPage = 50;
const none: Run[] = [];

const took = (r: Run) => (r.startedAt && r.endedAt ? duration(new Date(r.endedAt).getTime() - new Date(r.startedAt).getTime()) : T.none);

/** Runs lists what ran, page by page, and stays current on its first page. */
export default function Runs() {
  const [params] = useParams();
  const pager = usePager();
  const nameOf = useNames();
  const get = (k: string) => params.get(k) || undefined;
  const filter: RunFilter = {
    text: get('text'), integration: get('integration'), command: get('command'), connection: get('connection'), state: get('state') as RunFilter['state'],
    returnData: get('returnData') as RunFilter['returnData'], actor: get('actor'), from: get('from'), to: get('to'), limit: perPage, cursor: pager.cursor,
  };
  const q = useRuns(filter, !pager.cursor);
  const filtered = ['text', 'integration', 'command', 'connection', 'state', 'returnData', 'actor', 'from', 'to'].some((k) => params.get(k));
  const runs = q.data?.runs ?? none;
  const w = T.runs;
  // Rows are drawn again when there are others, not whenever a filter is touched.
  const table = useMemo(
    () => (
      <Grid<Run>
        label={w.title}
        records={runs}
        idAccessor="runId"
        none={w.noMatch}
        columns={[
          { accessor: 'command', title: w.command, render: (r) => <><Anchor component={Link} href={`/runs/${r.runId}`}>{words(r.command)}</Anchor>{r.dryRun && <Text span size="xs" c="dimmed"> {w.dry}</Text>}<Text size="xs" c="dimmed">{nameOf(r.integration)}</Text></> },
          { accessor: 'state', title: w.outcome, render: (r) => <Verdict run={r} /> },
          { accessor: 'connection', title: w.connection, render: (r) => r.connection || T.none },
          { accessor: 'items', title: w.items, render: (r) => (r.progress.itemsTotal ? `${r.progress.itemsDone}/${r.progress.itemsTotal}` : T.none) },
          { accessor: 'actor', title: w.who, render: (r) => <>{r.actor}<Text size="xs" c="dimmed">{w.origin[r.origin as 'api'] ?? r.origin}</Text></> },
          { accessor: 'createdAt', title: w.when, render: (r) => <Time at={r.createdAt} /> },
          { accessor: 'took', title: w.took, render: (r) => <span className="nowrap numbers">{took(r)}</span> },
        ]}
      />
    ),
    [runs, nameOf, w],
  );
  return (
    <Page title={w.title} sub={w.sub}>
      <Filters />
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading lines={12} />}
      {q.isSuccess && runs.length === 0 && !filtered && !pager.cursor && <Empty title={w.none} action={<Button component={Link} href="/integrations">{w.noneAction}</Button>}>{w.noneHint}</Empty>}
      {q.isSuccess && (runs.length > 0 || filtered || pager.cursor) && (
        <>
          {table}
          <Pager pager={pager} next={q.data.next} count={runs.length} busy={q.isPlaceholderData} />
        </>
      )}
    </Page>
  );
}

/** useTyped sets a filter a moment after the last key. */
function useTyped(name: string) {
  const [params, set] = useParams();
  const stored = params.get(name) ?? '';
  const [text, setText] = useState(stored);
  const apply = useDebouncedCallback((v: string) => set({ [name]: v, cursor: undefined }), 250);
  useEffect(() => setText(stored), [stored]);
  return [text, (v: string) => (setText(v), apply(v))] as const;
}

const day = (iso: string | null) => (iso ? new Date(iso).toLocaleDateString('sv') : '');
const dayStart = (v: string, plus = 0) => {
  if (!v) return undefined;
  const [y, m, d] = v.split('-').map(Number);
  return new Date(y, m - 1, d + plus).toISOString();
};

function Filters() {
  const [params, set] = useParams();
  const [text, setText] = useTyped('text');
  const integrations = useIntegrations();
  const integration = params.get('integration') ?? '';
  const commands = useIntegration(integration).data?.commands ?? [];
  const connections = useConnections(integration);
  const w = T.runs;
  const put = (change: Record<string, string | null>) => set({ cursor: undefined, ...Object.fromEntries(Object.entries(change).map(([k, v]) => [k, v ?? undefined])) });
  const pick = (name: string, label: string, data: { value: string; label: string }[], width = 170) => (
    <Select key={name} aria-label={label} placeholder={label} data={data} value={params.get(name)} onChange={(v) => put(name === 'integration' ? { integration: v, command: null } : { [name]: v })} clearable w={width} />
  );
  const last = params.get('to') ? day(new Date(new Date(params.get('to')!).getTime() - 1).toISOString()) : '';
  return (
    <Group gap="xs" align="flex-end">
      <TextInput flex="1 1 180px" maw={300} aria-label={w.search} placeholder={w.search} leftSection={<Icon name="search" />} value={text} onChange={(e) => setText(e.currentTarget.value)} />
      {pick('integration', w.integration, (integrations.data ?? []).map((i) => ({ value: i.id, label: i.name })))}
      {integration && pick('command', w.command, commands.map((c) => ({ value: c.id, label: c.name })), 200)}
      {pick('connection', w.connection, (connections.data ?? []).map((c) => ({ value: c.name, label: c.name })))}
      {pick('state', w.state, (['queued', 'waiting', 'running', 'done', 'canceled', 'unknown'] as const).map((s) => ({ value: s, label: T.state[s] })), 140)}
      {pick('returnData', w.outcome, ['Successful', 'Partially Successful', 'Failed'].map((s) => ({ value: s, label: s })), 180)}
      <WhoFilter pick={pick} />
      <TextInput type="date" aria-label={w.from} title={w.from} value={day(params.get('from'))} onChange={(e) => put({ from: dayStart(e.currentTarget.value) ?? null })} w={150} />
      <TextInput type="date" aria-label={w.to} title={w.to} value={last} onChange={(e) => put({ to: dayStart(e.currentTarget.value, 1) ?? null })} w={150} />
    </Group>
  );
}

function WhoFilter({ pick }: { pick: (name: string, label: string, data: { value: string; label: string }[]) => React.ReactNode }) {
  const may = useMay();
  const me = useSession().data?.identity;
  const tokens = useTokens(may('manage'));
  const [params] = useParams();
  const options = new Map([['local', T.runs.local], ['worker', T.runs.worker], ...(tokens.data ?? []).map((t) => [t.id, t.name] as [string, string])]);
  if (me) options.set(me.id, T.runs.me(me.name));
  const now = params.get('actor');
  if (now && !options.has(now)) options.set(now, now);
  return pick('actor', T.runs.who, [...options].map(([value, label]) => ({ value, label })));
}
