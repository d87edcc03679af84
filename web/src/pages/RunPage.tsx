import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, askRun, type Run, type Schemas } from '../api/client';
import { changed, ended, queries, useAudit, useIntegration, useMay, useNames, useRun, useRuns } from '../api/queries';
import { watch } from '../api/stream';
import type { ObjectSchema } from '../form/schema';
import { upsert } from '../run/live';
import { Going } from '../run/Progress';
import { Cells, Result } from '../run/Result';
import { T } from '../text';
import { CodeBlock, Fault, Id, Loading, Page, Panel, Time, Verdict } from '../ui/basics';
import { duration, words } from '../ui/format';
import { Dialog } from '../ui/dialog';

/** RunPage shows a run: live while it goes on, whole when it has ended. */
export default function RunPage({ id }: { id: string }) {
  const q = useRun(id);
  if (q.isError) return <Page title={T.runs.one}><Fault error={q.error} retry={() => void q.refetch()} /></Page>;
  if (!q.data) return <Loading lines={12} />;
  return <Show run={q.data} />;
}

function Show({ run }: { run: Run }) {
  const name = words(run.command);
  const going = !ended(run);
  const nameOf = useNames();
  return (
    <Page
      title={name}
      sub={<Group gap="xs"><Anchor component={Link} href={`/integrations/${run.integration}/commands/${run.command}`}>{nameOf(run.integration)} · {name}</Anchor><Verdict run={run} />{run.dryRun && <Text size="sm">{T.runs.dry}</Text>}</Group>}
      actions={<Actions run={run} />}
    >
      {going ? <Watched run={run} /> : <Result run={run} title={T.test.result} />}
      <Facts run={run} />
      <Panel title={T.runs.inputs}>{run.input && Object.keys(run.input as object).length > 0 ? <CodeBlock text={JSON.stringify(run.input, null, 2)} label={T.runs.inputs} /> : <Text c="dimmed">{T.runs.noInputs}</Text>}</Panel>
      <Children run={run} />
      <Entries run={run} />
    </Page>
  );
}

function Watched({ run }: { run: Run }) {
  const [progress, setProgress] = useState<Schemas['Progress']>(run.progress);
  const [items, setItems] = useState<Schemas['Item'][]>(run.items ?? []);
  useEffect(
    () =>
      watch(run.runId, (e) => {
        if (e.progress) setProgress(e.progress);
        if (e.item) setItems((now) => upsert(now, e.item!));
        if (e.type === 'end' && e.run) {
          queries.setQueryData(['run', run.runId], e.run);
          void changed('runs', 'audit', 'files', 'connections');
        }
      }),
    [run.runId],
  );
  return <Going runId={run.runId} progress={progress} items={items} title={T.test.running} />;
}

const between = (a?: string | null, b?: string | null) => (a && b ? duration(new Date(b).getTime() - new Date(a).getTime()) : T.none);

function Facts({ run }: { run: Run }) {
  const w = T.runs;
  const rows: [string, React.ReactNode][] = [
    [w.id, <Id key="i" of={run.runId} />],
    [w.connection, run.connection || T.none],
    [w.who, `${run.actor} · ${w.origin[run.origin as 'api'] ?? run.origin}`],
    [w.when, <Time key="t" at={run.createdAt} />],
    [w.waited, between(run.createdAt, run.startedAt)],
    [w.took, between(run.startedAt, run.endedAt)],
  ];
  if (run.parentRunId) rows.push([w.parent, <Anchor key="p" component={Link} href={`/runs/${run.parentRunId}`} className="breaks">{run.parentRunId}</Anchor>]);
  return (
    <Panel title={w.facts}>
      <Table variant="vertical" layout="fixed">
        <Table.Tbody>{rows.map(([k, v]) => <Table.Tr key={k}><Table.Th w={130}>{k}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
    </Panel>
  );
}

function Actions({ run }: { run: Run }) {
  const may = useMay();
  const integration = useIntegration(run.integration);
  const [, go] = useLocation();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [undo, setUndo] = useState(false);
  const w = T.runs;
  const command = integration.data?.commands?.find((c) => c.id === run.command);
  const over = ended(run);
  const resumable = over && !run.dryRun && run.returnData !== 'Successful' && (run.items?.length ?? 0) > 0;
  const resume = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const made = await askRun(api.POST('/api/v1/runs/{run}/resume', { params: { path: { run: run.runId } } }));
      await changed('runs', 'audit');
      notifications.show({ message: w.resumed });
      go(`/runs/${made.runId}`);
    } catch (e) {
      setFault(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {over && command && may('run') && run.command !== 'test-connection' && <Button component={Link} variant="default" href={`/integrations/${run.integration}/commands/${run.command}?tab=test&from=${run.runId}`} aria-label={w.againHint((command.input as ObjectSchema).title ?? command.name)}>{w.again}</Button>}
      {resumable && may('run') && <Button onClick={() => void resume()} loading={busy}>{w.resume}</Button>}
      {run.canUndo && may('run') && <Button variant="default" onClick={() => setUndo(true)}>{w.undo}</Button>}
      {undo && <Undo run={run} close={() => setUndo(false)} />}
      <Dialog opened={fault !== undefined} onClose={() => setFault(undefined)} title={w.resume} centered><Fault error={fault} /></Dialog>
    </>
  );
}

/** Undo first says what it would do. */
function Undo({ run, close }: { run: Run; close: () => void }) {
  const [plan, setPlan] = useState<Run>();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [, go] = useLocation();
  const w = T.runs;
  const send = (dryRun: boolean) => askRun(api.POST('/api/v1/runs/{run}/undo', { params: { path: { run: run.runId } }, body: { dryRun } }));
  useEffect(() => void send(true).then(setPlan, setFault), [run.runId]);
  const really = async () => {
    setBusy(true);
    try {
      const made = await send(false);
      await changed('runs', 'run', 'audit');
      close();
      go(`/runs/${made.runId}`);
    } catch (e) {
      setFault(e);
      setBusy(false);
    }
  };
  return (
    <Dialog opened onClose={close} title={w.undoTitle} size="lg" centered>
      <Stack>
        <Text size="sm">{w.undoText}</Text>
        {fault !== undefined && <Fault error={fault} />}
        {!plan && fault === undefined && <Loading lines={3} />}
        {plan?.error && <Fault error={new Error(plan.error.message)} />}
        {!!plan?.plan?.length && <Cells columns={[T.result.item, T.result.action]} rows={plan.plan.map((s) => [s.item, T.action[s.action as 'create'] ?? s.action])} label={T.result.plan} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>{T.cancel}</Button>
          <Button color="red" onClick={() => void really()} loading={busy} disabled={!plan || !!plan.error}>{w.undo}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Children({ run }: { run: Run }) {
  const q = useRuns({ parent: run.runId, limit: 100 }, !ended(run));
  const list = q.data?.runs ?? [];
  if (list.length === 0) return null;
  return (
    <Panel title={T.runs.children}>
      <Cells columns={[T.runs.command, T.runs.outcome, T.runs.when]} label={T.runs.children} rows={list.map((r) => [<Anchor key="l" component={Link} href={`/runs/${r.runId}`}>{words(r.command)}</Anchor>, <Verdict key="v" run={r} />, <Time key="t" at={r.createdAt} />])} />
    </Panel>
  );
}

function Entries({ run }: { run: Run }) {
  const q = useAudit({ runId: run.runId, limit: 50 });
  return (
    <Panel title={T.runs.audit} actions={<Anchor component={Link} href={`/audit?runId=${run.runId}`} size="sm">{T.runs.inAudit}</Anchor>}>
      {q.isError && <Fault error={q.error} />}
      {q.isPending && <Loading lines={3} />}
      {q.data && <Cells columns={[T.audit.seq, T.audit.kind, T.audit.when]} label={T.runs.audit} rows={[...(q.data.entries ?? [])].reverse().map((e) => [String(e.seq), T.audit.kinds[e.kind as 'run.intent'] ?? e.kind, <Time key="t" at={e.at} />])} />}
    </Panel>
  );
}
