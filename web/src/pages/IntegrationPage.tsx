import { Anchor, Badge, Button, Group, List, Stack, Table, Tabs, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Integration } from '../api/client';
import { useConnections, useIntegration, useMay } from '../api/queries';
import { T } from '../text';
import { Effects, Empty, Fault, Loading, Markdown, Page, Panel, Time, useParams } from '../ui/basics';
import { Health } from './Home';
import { Permissions } from './Permissions';

/** IntegrationPage is an integration with all that is known of it. */
export default function IntegrationPage({ id }: { id: string }) {
  const q = useIntegration(id);
  const may = useMay();
  const [params, set] = useParams();
  if (q.isError) return <Page title={T.integrations.title}><Fault error={q.error} /></Page>;
  if (!q.data) return <Loading lines={10} />;
  const i = q.data;
  const w = T.integration;
  const tabs: [string, string, () => React.ReactNode][] = [
    ['commands', w.commands, () => <Commands i={i} />],
    ['overview', w.overview, () => <Overview i={i} />],
    ...(i.setup ? [['setup', w.setup, () => <Panel><Markdown text={i.setup} /></Panel>] as [string, string, () => React.ReactNode]] : []),
    ['permissions', w.permissions, () => <Permissions i={i} />],
    ...(i.connection ? [['connections', w.connections, () => <OfIntegration i={i} />] as [string, string, () => React.ReactNode]] : []),
  ];
  const tab = tabs.some(([n]) => n === params.get('tab')) ? params.get('tab') : 'commands';
  return (
    <Page
      title={i.name}
      sub={<>{i.summary} <Badge variant="default" tt="none" component="span">{i.category}</Badge></>}
      actions={i.connection && may('manage') && <Button component={Link} href={`/connections/new?integration=${i.id}`}>{T.connections.add}</Button>}
    >
      <Tabs value={tab} onChange={(v) => set({ tab: v ?? undefined }, false)} keepMounted={false}>
        <Tabs.List>{tabs.map(([name, label]) => <Tabs.Tab key={name} value={name}>{label}</Tabs.Tab>)}</Tabs.List>
        {tabs.map(([name, , show]) => <Tabs.Panel key={name} value={name} pt="md">{show()}</Tabs.Panel>)}
      </Tabs>
    </Page>
  );
}

function Overview({ i }: { i: Integration }) {
  return (
    <Stack>
      <Panel><Markdown text={i.overview} />{i.docs && <Anchor href={i.docs} target="_blank" rel="noreferrer" size="sm">{T.integration.vendorDocs(i.vendor)}</Anchor>}</Panel>
      {!!i.limitations?.length && <Panel title={T.integration.limitations}><List spacing="xs">{i.limitations.map((l) => <List.Item key={l}>{l}</List.Item>)}</List></Panel>}
    </Stack>
  );
}

function Commands({ i }: { i: Integration }) {
  const [text, setText] = useState('');
  const all = i.commands ?? [];
  const found = all.filter((c) => `${c.name} ${c.summary}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <Panel>
      {all.length > 6 && <TextInput mb="sm" maw={360} aria-label={T.integration.searchCommands} placeholder={T.integration.searchCommands} value={text} onChange={(e) => setText(e.currentTarget.value)} />}
      <Stack gap={0}>
        {found.map((c) => (
          <Group key={c.id} justify="space-between" py="xs" gap="xs" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
            <Stack gap={2} flex="1 1 260px" miw={0}>
              <Anchor component={Link} href={`/integrations/${i.id}/commands/${c.id}`} fw={600}>{c.name}</Anchor>
              <Text size="sm" c="dimmed">{c.summary}</Text>
            </Stack>
            <Group gap="sm">
              <Effects of={c.effects} />
              <Button component={Link} href={`/integrations/${i.id}/commands/${c.id}?tab=test`} size="xs" variant="default" aria-label={T.integration.testOf(c.name)}>{T.integration.test}</Button>
            </Group>
          </Group>
        ))}
        {found.length === 0 && <Text c="dimmed">{T.integration.noCommand}</Text>}
      </Stack>
    </Panel>
  );
}

function OfIntegration({ i }: { i: Integration }) {
  const q = useConnections(i.id);
  const may = useMay();
  if (q.isError) return <Fault error={q.error} />;
  if (!q.data) return <Loading />;
  if (q.data.length === 0) return <Empty title={T.connections.none} action={may('manage') && <Button component={Link} href={`/connections/new?integration=${i.id}`}>{T.connections.addTo(i.name)}</Button>} />;
  return (
    <Panel>
      <Table.ScrollContainer minWidth={420}>
        <Table aria-label={T.integration.connections}>
          <Table.Thead><Table.Tr><Table.Th>{T.connections.name}</Table.Th><Table.Th>{T.connections.health}</Table.Th><Table.Th>{T.connections.changed}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {q.data.map((c) => (
              <Table.Tr key={c.id}><Table.Td><Anchor component={Link} href={`/connections/${c.id}`}>{c.name}</Anchor></Table.Td><Table.Td><Health of={c} /></Table.Td><Table.Td><Time at={c.updatedAt} /></Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
