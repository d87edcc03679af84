import { Anchor, Checkbox, Group, Stack, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { Link } from 'wouter';
import type { Integration } from '../api/client';
import { T } from '../text';
import { CodeBlock, Panel, useParams } from '../ui/basics';
import { isAWS, policy } from './policy';

/** Permissions lists what each command needs, and makes the policy of those ticked. */
export function Permissions({ i }: { i: Integration }) {
  const [params, set] = useParams();
  const commands = (i.commands ?? []).filter((c) => c.permissions?.length);
  const ticked = params.has('for') ? (params.get('for') ?? '').split(',').filter(Boolean) : commands.map((c) => c.id);
  const buckets = (params.get('buckets') ?? '').split(',').filter(Boolean);
  const role = params.get('role') ?? '';
  const w = T.permissions;
  if (commands.length === 0) return <Text c="dimmed">{w.none}</Text>;
  const tick = (ids: string[]) => set({ for: ids.length ? ids.join(',') : ',' });
  const aws = isAWS(commands);
  return (
    <Stack>
      <Panel title={w.title}>
        <Text c="dimmed" size="sm" mb="sm">{aws ? w.hint : w.hintOther}</Text>
        <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': w.title } }}>
          <Table verticalSpacing="xs" aria-label={w.title}>
            <Table.Thead>
              <Table.Tr>
                {aws && <Table.Th w={40}><Checkbox aria-label={w.all} checked={ticked.length === commands.length} indeterminate={ticked.length > 0 && ticked.length < commands.length} onChange={(e) => tick(e.currentTarget.checked ? commands.map((c) => c.id) : [])} /></Table.Th>}
                <Table.Th>{w.command}</Table.Th><Table.Th>{w.permission}</Table.Th><Table.Th>{w.when}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {commands.flatMap((c) => (c.permissions ?? []).map((p, n) => (
                <Table.Tr key={`${c.id}/${n}`}>
                  {n === 0 && aws && <Table.Td rowSpan={c.permissions?.length}><Checkbox aria-label={w.tick(c.name)} checked={ticked.includes(c.id)} onChange={(e) => tick(e.currentTarget.checked ? [...ticked, c.id] : ticked.filter((x) => x !== c.id))} /></Table.Td>}
                  {n === 0 && <Table.Td rowSpan={c.permissions?.length}><Anchor component={Link} href={`/integrations/${i.id}/commands/${c.id}`}>{c.name}</Anchor></Table.Td>}
                  <Table.Td className="mono">{p.name}</Table.Td>
                  <Table.Td>{[p.model, p.when || w.always].filter(Boolean).join(', ')}</Table.Td>
                </Table.Tr>
              )))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
      {aws && (
        <Panel title={w.policy}>
          <Stack>
            <TagsInput label={w.buckets} description={w.bucketsHint} value={buckets} onChange={(b) => set({ buckets: b.join(',') || undefined })} maw={560} />
            <TextInput label={w.role} description={w.roleHint} value={role} onChange={(e) => set({ role: e.currentTarget.value })} maw={560} placeholder="arn:aws:iam::123456789012:role/NAME" />
            {ticked.length === 0 ? <Text c="dimmed">{w.tickOne}</Text> : <CodeBlock text={policy(commands.filter((c) => ticked.includes(c.id)), buckets, role)} label={w.policy} />}
            <Group><Text size="sm" c="dimmed">{w.policyHint}</Text></Group>
          </Stack>
        </Panel>
      )}
    </Stack>
  );
}
