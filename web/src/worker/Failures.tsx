import { Anchor, Badge, Group, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useRuns } from '../api/queries';
import { T } from '../text';
import { CodeBlock, CopyButtonText, Fault, Id, Loading, Panel, Time, useParams, Verdict } from '../ui/basics';
import { plural, words } from '../ui/format';

type Failure = Schemas['WorkerFailure'];

/** keyOf tells failures apart: a job that is tried again fails again. */
const keyOf = (f: Failure) => `${f.jobKey}@${f.at}`;

/** Failures lists the last ones; the open one is in the address. */
export function Failures({ list, nameOf }: { list: Failure[]; nameOf: (type: string) => string }) {
  const w = T.worker;
  const [params, set] = useParams();
  const open = params.get('failure');
  return (
    <Panel title={w.failures}>
      {list.length === 0 && !open && <Text c="dimmed">{w.noFailures}</Text>}
      {open && !list.some((f) => keyOf(f) === open) && <Text c="dimmed" mb="xs">{w.oldFailure}</Text>}
      {list.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="xs">{w.failuresHint}</Text>
          <ul className="plain" aria-label={w.failures}>
            {list.map((f) => (
              <One key={keyOf(f)} f={f} name={nameOf(f.type)} open={keyOf(f) === open} toggle={() => set({ failure: keyOf(f) === open ? undefined : keyOf(f) })} />
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function Kind({ f }: { f: Failure }) {
  const w = T.worker;
  const text = f.outcome === 'throw' ? `${w.throw}${f.errorCode ? ` ${f.errorCode}` : ''}` : f.retries > 0 ? w.fail(plural(f.retries, 'retry', 'retries')) : w.incident;
  return <Badge variant="dot" color={f.outcome === 'throw' ? 'yellow' : 'red'} tt="none" c="var(--mantine-color-text)">{text}</Badge>;
}

function One(p: { f: Failure; name: string; open: boolean; toggle: () => void }) {
  const { f } = p;
  const id = `failure-${f.jobKey}-${Date.parse(f.at)}`;
  return (
    <li className="failure">
      <UnstyledButton className="failure-head" aria-expanded={p.open} aria-controls={p.open ? id : undefined} onClick={p.toggle}>
        <span aria-hidden="true" className="failure-twist">{p.open ? '▾' : '▸'}</span>
        <span className="failure-text">
          <Group component="span" justify="space-between" gap={6}>
            <Group component="span" gap="xs" miw={0}>
              <Text span fw={600} className="breaks">{p.name}</Text>
              <Kind f={f} />
            </Group>
            <Text span size="sm" c="dimmed"><Time at={f.at} /></Text>
          </Group>
          <Text span display="block" size="sm" className="breaks" lineClamp={p.open ? undefined : 2}>{f.message}</Text>
          <Text span display="block" size="xs" c="dimmed" className="breaks">{T.worker.where(f.elementId || T.none, f.processId || T.none)} · <span className="mono">{f.jobKey}</span></Text>
        </span>
      </UnstyledButton>
      {p.open && <Detail id={id} f={f} />}
    </li>
  );
}

function Detail({ id, f }: { id: string; f: Failure }) {
  const w = T.worker;
  const rows: [string, React.ReactNode][] = [
    [w.jobKey, <Id key="k" of={f.jobKey} />],
    [w.jobType, <span key="t" className="mono">{f.type}</span>],
    [w.element, f.elementId || T.none],
    [w.process, f.processId || T.none],
    [w.instance, <Id key="p" of={f.processInstanceKey} />],
    [w.when, <Time key="a" at={f.at} />],
  ];
  if (f.tenantId) rows.push([w.tenant, f.tenantId]);
  if (f.errorCode) rows.push([w.errorCode, <span key="e" className="mono">{f.errorCode}</span>]);
  if (f.outcome === 'fail') rows.push([w.retries, f.retries]);
  return (
    <Stack id={id} gap="sm" className="failure-detail">
      <Table variant="vertical" layout="fixed">
        <Table.Tbody>{rows.map(([k, v]) => <Table.Tr key={k}><Table.Th w={130}>{k}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
      <Input of={f.input} />
      <Runs jobKey={f.jobKey} />
      <div><CopyButtonText text={JSON.stringify(f, null, 2)} label={w.copyFailure} /></div>
    </Stack>
  );
}

function Input({ of }: { of: unknown }) {
  const w = T.worker;
  if (of === undefined || of === null) return <Text size="sm" c="dimmed">{w.noInput}</Text>;
  const cut = typeof of === 'string';
  return (
    <div>
      <Text fw={600} size="sm">{w.input}</Text>
      <Text size="sm" c="dimmed" mb={6}>{cut ? w.inputCut : w.inputHint}</Text>
      <CodeBlock text={cut ? of : JSON.stringify(of, null, 2)} label={w.inputJson} />
    </div>
  );
}

/** Runs are those that the job made; a job that is tried again makes several. */
function Runs({ jobKey }: { jobKey: string }) {
  const w = T.worker;
  const ref = `camunda:${jobKey}`;
  const q = useRuns({ text: ref, limit: 10 }, false);
  const runs = q.data?.runs ?? [];
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text fw={600} size="sm">{w.runs}</Text>
        {runs.length > 0 && <Anchor component={Link} href={`/runs?text=${encodeURIComponent(ref)}`} size="sm">{w.allRuns}</Anchor>}
      </Group>
      {q.isError && <Fault error={q.error} />}
      {q.isPending && <Loading lines={2} />}
      {q.isSuccess && runs.length === 0 && <Text size="sm" c="dimmed">{w.noRuns}</Text>}
      <Stack gap={6}>
        {runs.map((r) => (
          <Group key={r.runId} justify="space-between" gap="xs">
            <Anchor component={Link} href={`/runs/${r.runId}`} className="breaks">{words(r.command)}</Anchor>
            <Group gap="xs"><Verdict run={r} /><Text size="sm" c="dimmed" component="span"><Time at={r.createdAt} /></Text></Group>
          </Group>
        ))}
      </Stack>
    </div>
  );
}
