import { Anchor, List, Stack, Table, Tabs, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Command, Integration } from '../api/client';
import { useIntegration } from '../api/queries';
import { kindOf, type ObjectSchema, type Param } from '../form/schema';
import { TestTab } from '../run/TestTab';
import { T } from '../text';
import { Effects, Fault, Loading, Markdown, Page, Panel, useParams } from '../ui/basics';

/** CommandPage is a command: what it does, and a place to try it. */
export default function CommandPage({ integration, command }: { integration: string; command: string }) {
  const q = useIntegration(integration);
  const [params, set] = useParams();
  if (q.isError) return <Page title={T.command.title}><Fault error={q.error} /></Page>;
  if (!q.data) return <Loading lines={10} />;
  const c = q.data.commands?.find((x) => x.id === command);
  if (!c) return <Page title={T.command.title}><Fault error={new Error(T.command.unknown(command, q.data.name))} /></Page>;
  const tab = params.get('tab') === 'docs' ? 'docs' : 'test';
  return (
    <Page title={c.name} sub={<><Anchor component={Link} href={`/integrations/${integration}`}>{q.data.name}</Anchor> · {c.summary}</>} actions={<Effects of={c.effects} />}>
      <Tabs value={tab} onChange={(v) => set({ tab: v ?? undefined }, false)} keepMounted={false}>
        <Tabs.List><Tabs.Tab value="test">{T.command.test}</Tabs.Tab><Tabs.Tab value="docs">{T.command.docs}</Tabs.Tab></Tabs.List>
        <Tabs.Panel value="test" pt="md"><TestTab integration={q.data} command={c} /></Tabs.Panel>
        <Tabs.Panel value="docs" pt="md"><Docs i={q.data} c={c} /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Docs({ i, c }: { i: Integration; c: Command }) {
  const input = c.input as ObjectSchema;
  const w = T.command;
  return (
    <Stack>
      {c.description && <Panel><Markdown text={c.description} /></Panel>}
      <Panel title={w.inputs}><Params of={input} label={w.inputs} none={w.noInputs} /></Panel>
      <Panel title={w.output}><Params of={c.output as ObjectSchema} label={w.output} none={w.noOutput} output /></Panel>
      {!!c.permissions?.length && (
        <Panel title={T.permissions.title} actions={<Anchor component={Link} href={`/integrations/${i.id}?tab=permissions&for=${c.id}`} size="sm">{w.policy}</Anchor>}>
          <List spacing={4}>{c.permissions.map((p, n) => <List.Item key={n}><span className="mono">{p.name}</span> {p.model} {p.when}</List.Item>)}</List>
        </Panel>
      )}
      {!!c.corrections?.length && <Panel title={w.corrections}><List spacing={4}>{c.corrections.map((x) => <List.Item key={x}>{x}</List.Item>)}</List></Panel>}
      <Panel title={w.behaviour}>
        <List spacing={4}>
          <List.Item>{c.canPlan ? w.canPlan : w.cannotPlan}</List.Item>
          <List.Item>{c.idempotent ? w.idempotent : w.notIdempotent}</List.Item>
          <List.Item>{w.failure(c.failureIndicator)}</List.Item>
        </List>
      </Panel>
    </Stack>
  );
}

const typeText = (p: Param): string => {
  const k = kindOf(p);
  if (k === 'list') return T.command.listOf(String(p.items?.type ?? 'string'));
  return T.command.kinds[k];
};

const textOf = (v: unknown) => (v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v));

function Params({ of, label, none, output }: { of: ObjectSchema; label: string; none: string; output?: boolean }) {
  const list = Object.entries(of.properties ?? {});
  if (list.length === 0) return <Text c="dimmed">{none}</Text>;
  const w = T.command;
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}>
      <Table verticalSpacing="xs" aria-label={label}>
        <Table.Thead><Table.Tr><Table.Th>{w.param}</Table.Th><Table.Th>{w.type}</Table.Th><Table.Th>{w.about}</Table.Th>{!output && <><Table.Th>{w.byDefault}</Table.Th><Table.Th>{w.example}</Table.Th></>}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {list.map(([id, p]) => (
            <Table.Tr key={id}>
              <Table.Td>{p.title ?? id}{!output && of.required?.includes(id) && p.default === undefined ? <Text span c="var(--mantine-color-error)" title={w.required}> *</Text> : ''}{p.title && <Text size="xs" c="dimmed" className="mono">{id}</Text>}</Table.Td>
              <Table.Td>{typeText(p)}</Table.Td>
              <Table.Td className="breaks">{p.description} {p['x-when'] && <Text span size="sm" c="dimmed">{w.onlyWhen(of.properties?.[p['x-when'].field]?.title ?? p['x-when'].field, p['x-when'].values)}</Text>} {p.enum && <Text span size="sm" c="dimmed">{w.oneOf(p.enum.map(String))}</Text>}</Table.Td>
              {!output && <><Table.Td className="mono">{textOf(p.default)}</Table.Td><Table.Td className="mono">{textOf(p.examples?.[0])}</Table.Td></>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
