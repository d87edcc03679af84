import { Anchor, Badge, Box, Button, Group, List, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Connection, Run } from '../api/client';
import { useConnections, useIntegrations, useMay, useNames, useRuns } from '../api/queries';
import { T } from '../text';
import { Fault, Loading, Page, Panel, Time, Verdict } from '../ui/basics';
import { words } from '../ui/format';

const last = 8;

/** Home shows what is connected, what ran and what failed; on an empty installation, what to do first. */
export function Home() {
  const may = useMay();
  if (!may('read')) return <Page title={T.home.title}><Text>{T.home.noRead}</Text></Page>;
  return <Overview />;
}

function Overview() {
  const connections = useConnections();
  const runs = useRuns({ limit: last });
  const failures = useRuns({ limit: last, returnData: 'Failed' });
  if (connections.isError) return <Page title={T.home.title}><Fault error={connections.error} retry={() => void connections.refetch()} /></Page>;
  if (connections.isPending) return <Page title={T.home.title} sub={T.home.sub}><Loading lines={12} /></Page>;
  const list = connections.data ?? [];
  const empty = list.length === 0;
  return (
    <Page title={T.home.title} sub={T.home.sub}>
      {empty && <FirstSteps />}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={T.home.connected} actions={<Anchor component={Link} href="/connections" size="sm">{T.home.allConnections}</Anchor>}>
          <Box mih={120}>{list.length === 0 ? <Text c="dimmed">{T.home.nothingConnected}</Text> : <Connected list={list} />}</Box>
        </Panel>
        <Panel title={T.home.failures} actions={<Anchor component={Link} href="/runs?returnData=Failed" size="sm">{T.home.allFailures}</Anchor>}>
          <Box mih={120}>{failures.isPending ? <Loading /> : <RunLines runs={failures.data?.runs ?? []} none={T.home.noFailures} reason />}</Box>
        </Panel>
      </SimpleGrid>
      <Panel title={T.home.lastRuns} actions={<Anchor component={Link} href="/runs" size="sm">{T.home.allRuns}</Anchor>}>
        <Box mih={120}>{runs.isError ? <Fault error={runs.error} /> : runs.isPending ? <Loading lines={8} /> : <RunLines runs={runs.data.runs ?? []} none={T.home.noRuns} />}</Box>
      </Panel>
    </Page>
  );
}

function FirstSteps() {
  const integrations = useIntegrations();
  const may = useMay();
  const withConnection = (integrations.data ?? []).filter((i) => i.hasConnection);
  return (
    <Panel title={T.home.welcome}>
      <List type="ordered" spacing="xs" mb="md">{T.home.steps.map((s) => <List.Item key={s}>{s}</List.Item>)}</List>
      {may('manage') && (
        <Group gap="xs">
          {withConnection.map((i) => <Button key={i.id} component={Link} href={`/connections/new?integration=${i.id}`}>{T.home.connect(i.name)}</Button>)}
        </Group>
      )}
    </Panel>
  );
}

function Connected({ list }: { list: Connection[] }) {
  const nameOf = useNames();
  return (
    <Stack gap={8}>
      {list.slice(0, last).map((c) => (
        <Group key={c.id} justify="space-between" gap="xs">
          <Group gap="xs" miw={0}>
            <Anchor component={Link} href={`/connections/${c.id}`} className="breaks">{c.name}</Anchor>
            <Text size="sm" c="dimmed">{nameOf(c.integration)}</Text>
          </Group>
          <Health of={c} />
        </Group>
      ))}
    </Stack>
  );
}

export function Health({ of }: { of: Connection }) {
  if (!of.active) return <Badge variant="dot" color="gray.5" tt="none" c="var(--mantine-color-text)">{T.connections.inactive}</Badge>;
  const h = of.health;
  return (
    <Badge variant="dot" color={!h ? 'gray.5' : h.ok ? 'green' : 'red'} tt="none" c="var(--mantine-color-text)" title={h ? `${h.message} (${new Date(h.at).toISOString()})` : undefined}>
      {!h ? T.connections.untested : h.ok ? T.connections.healthy : T.connections.failing}
    </Badge>
  );
}

function RunLines({ runs, none, reason }: { runs: Run[]; none: string; reason?: boolean }) {
  const nameOf = useNames();
  if (runs.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <Stack gap={8}>
      {runs.map((r) => (
        <Box key={r.runId}>
          <Group justify="space-between" gap="xs" wrap="wrap">
            <Group gap="xs" miw={0}>
              <Anchor component={Link} href={`/runs/${r.runId}`} className="breaks">{words(r.command)}</Anchor>
              <Text size="sm" c="dimmed" className="breaks">{r.connection || nameOf(r.integration)}</Text>
            </Group>
            <Group gap="xs"><Verdict run={r} /><Text size="sm" c="dimmed" component="span"><Time at={r.createdAt} /></Text></Group>
          </Group>
          {reason && r.error && <Text size="sm" c="dimmed" lineClamp={2} className="breaks">{r.error.message}</Text>}
        </Box>
      ))}
    </Stack>
  );
}
