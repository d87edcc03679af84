import { Alert, Badge, Button, Code, Group, Paper, Progress, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { useWorker } from '../api/queries';
import type { Schemas } from '../api/client';
import { T } from '../text';
import { alertText, CodeBlock, Empty, Fault, Loading, Page, Panel, Time, useParams } from '../ui/basics';
import { duration, plural } from '../ui/format';
import Grid from '../ui/grid';
import { Icon } from '../ui/icons';
import { Failures } from '../worker/Failures';

type State = Schemas['Worker'];
type Type = Schemas['WorkerType'];

const count = (n: number) => <span className="numbers">{n.toLocaleString('en')}</span>;

/** Worker shows how the worker of a Camunda cluster fares, and keeps itself current. */
export default function Worker() {
  const q = useWorker();
  const w = T.worker;
  const s = q.data;
  return (
    <Page title={w.title} sub={w.sub}>
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isError && s?.enabled && <Text c="dimmed" size="sm">{w.stale}</Text>}
      {q.isPending && <Loading lines={12} />}
      {s && !s.enabled && <Off />}
      {s?.enabled && (
        <>
          <Cluster s={s} />
          <Works s={s} />
          <Types s={s} />
          <Failures list={s.failures ?? []} nameOf={(type) => s.types?.find((t) => t.type === type)?.name ?? type} />
        </>
      )}
    </Page>
  );
}

/** Coded sets what stands between backticks as code. */
const Coded = ({ text }: { text: string }) => <span className="breaks">{text.split('`').map((part, i) => (i % 2 ? <Code key={i} className="nowrap">{part}</Code> : part))}</span>;

function Off() {
  const w = T.worker;
  return (
    <Empty title={w.off}>
      <Stack gap="sm" ta="left">
        <Coded text={w.offText} />
        <CodeBlock text={w.offSetup.join('\n')} label={w.offCode} />
        <Coded text={w.offMore} />
      </Stack>
    </Empty>
  );
}

/** health is the state of the connection: a word, a colour, what is the matter. */
function health(c: State['cluster']): [string, string, string] {
  const w = T.worker;
  if (!c.checkedAt) return [w.unasked, 'gray', w.askedText];
  if (!c.connected) return [w.away, 'red', c.problem ?? ''];
  return c.healthy && c.brokers > 0 ? [w.ready, 'green', w.readyText] : [w.unhealthy, 'red', c.problem ?? ''];
}

/** Health has room for what may be the matter, so that nothing moves when it is. */
function Health({ c }: { c: State['cluster'] }) {
  const [word, colour, text] = health(c);
  const bad = colour === 'red';
  return (
    <Alert color={colour} variant="light" styles={alertText} title={word} icon={<Icon name={bad ? 'fault' : 'check'} />} role={bad ? 'alert' : 'status'} mih={{ base: 150, sm: 104 }}>
      <Stack gap={6}>
        {text && <span className="breaks">{text}</span>}
        {c.fix && <strong className="breaks">{c.fix}</strong>}
      </Stack>
    </Alert>
  );
}

function Cluster({ s }: { s: State }) {
  const w = T.worker;
  const c = s.cluster;
  const types = s.types ?? [];
  const open = types.filter((t) => t.transport === 'stream').length;
  const streams = types.filter((t) => t.transport !== 'poll').length;
  const rows: [string, React.ReactNode][] = [
    [w.transport, `${w.transports[c.transport ?? 'grpc']}, ${streams > 0 ? w.streams(open, streams) : w.polling}`],
    [w.version, c.version || T.none],
    [w.size, c.connected ? w.sizeOf(plural(c.brokers, 'broker'), plural(c.partitions, 'partition')) : T.none],
    [w.auth, w.auths[c.auth ?? 'none']],
    [w.compat, s.compat ? w.compatOf(s.compat) : T.none],
    [w.checked, <Time key="t" at={c.checkedAt} />],
  ];
  if (c.rest) rows.unshift([w.rest, c.rest]);
  if (c.grpc && c.transport !== 'rest') rows.unshift([w.grpc, c.grpc]);
  return (
    <Panel
      title={w.cluster}
      actions={s.state !== 'running' && <Badge variant="dot" color="yellow" tt="none" c="var(--mantine-color-text)">{w.state[s.state]}</Badge>}
    >
      <Stack gap="sm">
        <Health c={c} />
        <Table variant="vertical" layout="fixed">
          <Table.Tbody>{rows.map(([k, v]) => <Table.Tr key={k}><Table.Th w={130}>{k}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>)}</Table.Tbody>
        </Table>
      </Stack>
    </Panel>
  );
}

/** rate is written by the minute where it is less than one a second. */
const rate = (perSecond: number) => (perSecond >= 1 ? `${perSecond.toLocaleString('en', { maximumFractionDigits: 1 })}/s` : `${Math.round(perSecond * 60)}/min`);

function Works({ s }: { s: State }) {
  const w = T.worker;
  const tiles: [string, React.ReactNode, string?, string?][] = [
    [w.active, count(s.active), s.waiting > 0 ? `${w.ofMost(s.maxJobs.toLocaleString('en'))}, ${w.waiting(plural(s.waiting, 'type waits', 'types wait'))}` : w.ofMost(s.maxJobs.toLocaleString('en')), w.activeHint],
    [w.rate, <span key="r" className="numbers">{rate(s.rate)}</span>, undefined, w.rateHint],
    [w.activated, count(s.activated)],
    [w.completed, count(s.completed)],
    [w.failed, count(s.failed)],
    [w.thrown, count(s.thrown)],
  ];
  return (
    <Panel title={w.works}>
      <Stack gap="sm">
        <Progress value={s.maxJobs > 0 ? (100 * s.active) / s.maxJobs : 0} aria-label={w.capacity(s.active, s.maxJobs)} size="lg" color={s.active >= s.maxJobs ? 'orange' : undefined} />
        <SimpleGrid cols={{ base: 2, xs: 3, lg: 6 }} spacing="xs">
          {tiles.map(([k, v, more, hint]) => (
            <Paper key={k} p="xs" title={hint}>
              <Text size="sm" c="dimmed">{k}</Text>
              <Text fw={650} size="lg">{v}</Text>
              {more && <Text size="xs" c="dimmed">{more}</Text>}
            </Paper>
          ))}
        </SimpleGrid>
      </Stack>
    </Panel>
  );
}

const had = (t: Type) => t.delivered > 0 || t.active > 0;

/** Types lists those that had jobs; the others, and any that fit a search, on request. */
function Types({ s }: { s: State }) {
  const w = T.worker;
  const [params, set] = useParams();
  const all = s.types ?? [];
  const text = (params.get('type') ?? '').toLowerCase();
  const whole = params.get('all') === '1';
  const shown = all.filter((t) => (text ? `${t.name}\n${t.type}`.toLowerCase().includes(text) : whole || had(t)));
  const idle = all.filter((t) => !had(t)).length;
  return (
    <Panel title={w.types}>
      <Stack gap="sm">
        <Group gap="xs" justify="space-between">
          <TextInput flex="1 1 180px" maw={320} aria-label={w.search} placeholder={w.search} leftSection={<Icon name="search" />} value={params.get('type') ?? ''} onChange={(e) => set({ type: e.currentTarget.value })} />
          {!text && idle > 0 && (
            <Group gap="xs">
              {!whole && <Text size="sm" c="dimmed">{w.idle(plural(idle, 'job type'))}</Text>}
              <Button size="xs" variant="default" onClick={() => set({ all: whole ? undefined : '1' })}>{whole ? w.showUsed : w.showAll}</Button>
            </Group>
          )}
        </Group>
        <Grid<Type>
          label={w.types}
          records={shown}
          idAccessor="type"
          none={text ? w.noType : w.noJob}
          columns={[
            { accessor: 'name', title: w.connector, sortable: true, width: 210, render: (t) => <Connector t={t} /> },
            { accessor: 'active', title: w.active, sortable: true, textAlign: 'right', render: (t) => count(t.active) },
            { accessor: 'activated', title: w.activated, sortable: true, textAlign: 'right', render: (t) => count(t.activated) },
            { accessor: 'completed', title: w.andLast(w.completed), sortable: true, textAlign: 'right', render: (t) => <>{count(t.completed)}<Under><Time at={t.lastCompleted} /></Under></> },
            { accessor: 'failed', title: w.andLast(w.failed), sortable: true, textAlign: 'right', render: (t) => <>{count(t.failed)}<Under><Time at={t.lastFailed} /></Under></> },
            { accessor: 'thrown', title: w.thrown, sortable: true, textAlign: 'right', render: (t) => count(t.thrown) },
            { accessor: 'rate', title: w.rate, sortable: true, textAlign: 'right', render: (t) => <span className="nowrap numbers" title={w.rateHint}>{rate(t.rate)}</span> },
            { accessor: 'averageMs', title: w.andLast(w.average), sortable: true, textAlign: 'right', render: (t) => <><span title={w.averageHint}><Took ms={t.averageMs} /></span><Under><Took ms={t.lastMs} /></Under></> },
            { accessor: 'transport', title: w.way, sortable: true, render: (t) => w.ways[t.transport] },
          ]}
        />
      </Stack>
    </Panel>
  );
}

const Under = ({ children }: { children: React.ReactNode }) => <Text size="xs" c="dimmed">{children}</Text>;

const Took = ({ ms }: { ms?: number }) => <span className="nowrap numbers">{ms === undefined ? T.none : duration(ms)}</span>;

function Connector({ t }: { t: Type }) {
  return (
    <>
      {t.name}
      <Text size="xs" c="dimmed" className="mono">{t.type}</Text>
      {t.transport === 'connecting' && t.lastProblem && (
        <Text size="xs" c="dimmed" lineClamp={2} className="breaks" title={t.lastProblem}>{T.worker.problem} {t.lastProblem}</Text>
      )}
    </>
  );
}
