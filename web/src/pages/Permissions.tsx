import { Anchor, Checkbox, Stack, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from 'wouter';
import type { Integration } from '../api/client';
import { usePolicy } from '../api/queries';
import { T } from '../text';
import { CodeBlock, Fault, Loading, Panel, useParams } from '../ui/basics';
import { kindsOf } from './guardrails';

/** Permissions lists what each command needs, and asks for the policy of those ticked. */
export function Permissions({ i }: { i: Integration }) {
  const [params, set] = useParams();
  const commands = (i.commands ?? []).filter((c) => c.permissions?.length);
  const ticked = params.has('for') ? (params.get('for') ?? '').split(',').filter(Boolean) : commands.map((c) => c.id);
  const w = T.permissions;
  if (commands.length === 0) return <Text c="dimmed">{w.none}</Text>;
  const tick = (ids: string[]) => set({ for: ids.length ? ids.join(',') : ',' });
  return (
    <Stack>
      <Panel title={w.title}>
        <Text c="dimmed" size="sm" mb="sm">{i.hasPolicy ? w.hint : w.hintOther}</Text>
        <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': w.title } }}>
          <Table verticalSpacing="xs" aria-label={w.title}>
            <Table.Thead>
              <Table.Tr>
                {i.hasPolicy && <Table.Th w={40}><Checkbox aria-label={w.all} checked={ticked.length === commands.length} indeterminate={ticked.length > 0 && ticked.length < commands.length} onChange={(e) => tick(e.currentTarget.checked ? commands.map((c) => c.id) : [])} /></Table.Th>}
                <Table.Th>{w.command}</Table.Th><Table.Th>{w.permission}</Table.Th><Table.Th>{w.when}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {commands.flatMap((c) => (c.permissions ?? []).map((p, n) => (
                <Table.Tr key={`${c.id}/${n}`}>
                  {n === 0 && i.hasPolicy && <Table.Td rowSpan={c.permissions?.length}><Checkbox aria-label={w.tick(c.name)} checked={ticked.includes(c.id)} onChange={(e) => tick(e.currentTarget.checked ? [...ticked, c.id] : ticked.filter((x) => x !== c.id))} /></Table.Td>}
                  {n === 0 && <Table.Td rowSpan={c.permissions?.length}><Anchor component={Link} href={`/integrations/${i.id}/commands/${c.id}`}>{c.name}</Anchor></Table.Td>}
                  <Table.Td className="mono">{p.name}</Table.Td>
                  <Table.Td>{[p.model, p.when || w.always].filter(Boolean).join(', ')}</Table.Td>
                </Table.Tr>
              )))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
      {i.hasPolicy && <Policy i={i} ticked={ticked} />}
    </Stack>
  );
}

/** Policy allows what the ticked commands need on the named resources, and nothing else. */
function Policy({ i, ticked }: { i: Integration; ticked: string[] }) {
  const [params, set] = useParams();
  const kinds = kindsOf(i);
  const resources = Object.fromEntries(kinds.map((k) => [k, (params.get(`of-${k}`) ?? '').split(',').filter(Boolean)]).filter(([, v]) => v.length));
  const caller = params.get('caller') ?? '';
  const [settled] = useDebouncedValue(caller, 300);
  const q = usePolicy(i.id, ticked, resources, settled);
  const w = T.permissions;
  return (
    <Panel title={w.policy}>
      <Stack>
        {kinds.map((k) => <TagsInput key={k} label={w.names(k)} description={w.namesHint} value={resources[k] ?? []} onChange={(v) => set({ [`of-${k}`]: v.join(',') || undefined })} maw={560} />)}
        <TextInput label={w.caller} description={w.callerHint} value={caller} onChange={(e) => set({ caller: e.currentTarget.value })} maw={560} autoComplete="off" />
        {ticked.length === 0 && <Text c="dimmed">{w.tickOne}</Text>}
        {q.isError && <Fault error={q.error} />}
        {ticked.length > 0 && q.isPending && <Loading lines={6} />}
        {ticked.length > 0 && q.data?.documents?.map((d) => (
          <div key={d.title}><Text fw={600} mb={4}>{d.title}</Text><CodeBlock text={d.text} label={d.title} /></div>
        ))}
      </Stack>
    </Panel>
  );
}
