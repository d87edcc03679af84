import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, ask, type Connection } from '../api/client';
import { changed, queries, useConnection, useIntegration, useMay, useUsage } from '../api/queries';
import { T } from '../text';
import { Fault, Loading, Page, Time } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { plural, words } from '../ui/format';
import { ConnectionForm } from './ConnectionForm';
import { Health } from './Home';

/** ConnectionPage shows a connection and changes it. */
export default function ConnectionPage({ id }: { id: string }) {
  const q = useConnection(id);
  const integration = useIntegration(q.data?.integration ?? '');
  const may = useMay();
  const [open, setOpen] = useState<'duplicate' | 'delete'>();
  const w = T.connections;
  if (q.isError) return <Page title={w.one}><Fault error={q.error} /></Page>;
  if (integration.isError) return <Page title={w.one}><Fault error={integration.error} /></Page>;
  if (!q.data || !integration.data) return <Loading lines={10} />;
  const c = q.data;
  return (
    <Page
      title={c.name}
      sub={<Group gap="xs"><Anchor component={Link} href={`/integrations/${c.integration}`}>{integration.data.name}</Anchor><Health of={c} />{c.health && <Text size="sm"><Time at={c.health.at} /></Text>}</Group>}
      actions={
        <>
          <Button component={Link} href={`/integrations/${c.integration}?tab=commands`} variant="default">{w.runCommand}</Button>
          {may('manage') && <Button variant="default" onClick={() => setOpen('duplicate')}>{w.duplicate}</Button>}
          {may('manage') && <Button color="red" variant="light" c="var(--mantine-color-error)" onClick={() => setOpen('delete')}>{w.delete}</Button>}
        </>
      }
    >
      <Usage c={c} />
      <ConnectionForm key={`${c.id}/${c.revision}`} integration={integration.data} stored={c} onSaved={(s) => notifications.show({ color: 'green', message: w.saved(s.name) })} />
      {open === 'duplicate' && <Duplicate c={c} close={() => setOpen(undefined)} />}
      <Remove c={c} opened={open === 'delete'} close={() => setOpen(undefined)} />
    </Page>
  );
}

function Usage({ c }: { c: Connection }) {
  const q = useUsage(c.id);
  const u = q.data;
  const w = T.connections;
  return (
    <Text size="sm" c="dimmed" mih={22} className="sub">
      {u && (u.runs === 0 ? w.unused : <>{w.used(plural(u.runs, 'run'), u.more)} <Time at={u.lastRunAt} />. <Anchor component={Link} href={`/runs?connection=${encodeURIComponent(c.name)}`}>{w.showRuns}</Anchor></>)}
    </Text>
  );
}

function Duplicate({ c, close }: { c: Connection; close: () => void }) {
  const w = T.connections;
  const [name, setName] = useState(w.copyOf(c.name));
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [, go] = useLocation();
  const make = async () => {
    setBusy(true);
    try {
      const made = await ask(api.POST('/api/v1/connections/{connection}/duplicate', { params: { path: { connection: c.id } }, body: { name } }));
      await changed('connections', 'audit');
      close();
      notifications.show({ color: 'green', message: w.added(made.name) });
      go(`/connections/${made.id}`);
    } catch (e) {
      setFault(e);
      setBusy(false);
    }
  };
  return (
    <Dialog opened onClose={close} title={w.duplicateOf(c.name)} centered>
      <form onSubmit={(e) => (e.preventDefault(), void make())}>
        <Stack>
          <Text size="sm">{w.duplicateText}</Text>
          <TextInput label={w.nameField} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus autoComplete="off" />
          {fault !== undefined && <Fault error={fault} />}
          <Group justify="flex-end"><Button variant="default" onClick={close}>{T.cancel}</Button><Button type="submit" loading={busy}>{w.duplicate}</Button></Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Remove({ c, opened, close }: { c: Connection; opened: boolean; close: () => void }) {
  const u = useUsage(c.id).data;
  const [, go] = useLocation();
  const w = T.connections;
  const remove = async () => {
    await ask(api.DELETE('/api/v1/connections/{connection}', { params: { path: { connection: c.id } } }));
    notifications.show({ message: w.deleted(c.name) });
    go('/connections');
    // Everything about connections but this one, which this page still shows.
    await queries.invalidateQueries({ predicate: (q) => ['connections', 'audit'].includes(String(q.queryKey[0])) && !q.queryKey.includes(c.id) });
  };
  return (
    <Confirm opened={opened} onClose={close} onConfirm={remove} title={w.deleteOf(c.name)} typed={c.name} action={w.delete}>
      <Stack gap="xs">
        <span>{w.deleteText}</span>
        {u && u.going > 0 && <strong>{w.goingNow(plural(u.going, 'run'))}</strong>}
        {u && u.runs > 0 && <span>{w.usedBy(plural(u.runs, 'run'), u.more, (u.commands ?? []).map(words).join(', '))}</span>}
        {u && u.runs === 0 && <span>{w.unused}</span>}
      </Stack>
    </Confirm>
  );
}
