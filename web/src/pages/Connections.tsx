import { Anchor, Button, Group, Select, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Link } from 'wouter';
import { api, ask, asProblem, type Connection } from '../api/client';
import { changed, useConnections, useIntegrations, useMay, useNames } from '../api/queries';
import { T } from '../text';
import { Empty, Fault, Loading, Page, Time, useParams } from '../ui/basics';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';
import { Health } from './Home';


const states: Record<string, (c: Connection) => boolean> = {
  active: (c) => c.active,
  inactive: (c) => !c.active,
  healthy: (c) => c.active && c.health?.ok === true,
  failing: (c) => c.active && c.health?.ok === false,
  untested: (c) => c.active && !c.health,
};

/** Connections lists all of them, and switches several on or off at once. */
export default function Connections() {
  const [params, set] = useParams();
  const q = useConnections();
  const integrations = useIntegrations();
  const may = useMay();
  const [picked, setPicked] = useState<Connection[]>([]);
  const [busy, setBusy] = useState(false);
  const w = T.connections;
  const text = params.get('text') ?? '';
  const integration = params.get('integration') ?? '';
  const state = params.get('state') ?? '';
  const all = q.data ?? [];
  const found = all.filter((c) => (!integration || c.integration === integration) && (states[state]?.(c) ?? true) && `${c.name} ${c.description}`.toLowerCase().includes(text.toLowerCase()));
  const nameOf = useNames();
  const chosen = picked.filter((p) => found.some((f) => f.id === p.id));

  const switchAll = async (active: boolean) => {
    setBusy(true);
    const results = await Promise.allSettled(chosen.map((c) => ask(api.PATCH('/api/v1/connections/{connection}', { params: { path: { connection: c.id } }, body: { active } }))));
    const bad = results.flatMap((r, n) => (r.status === 'rejected' ? [`${chosen[n].name}: ${asProblem(r.reason).detail}`] : []));
    await changed('connections', 'audit');
    setBusy(false);
    setPicked([]);
    notifications.show({ color: bad.length ? 'red' : 'green', message: bad.length ? bad.join(' ') : w.switched(chosen.length, active) });
  };

  return (
    <Page title={w.title} sub={w.sub} actions={may('manage') && <Button component={Link} href="/connections/new" leftSection={<Icon name="plus" />}>{w.add}</Button>}>
      <Group gap="sm">
        <TextInput flex="1 1 200px" maw={360} aria-label={w.search} placeholder={w.search} leftSection={<Icon name="search" />} value={text} onChange={(e) => set({ text: e.currentTarget.value })} />
        <Select aria-label={w.integration} placeholder={w.anyIntegration} data={(integrations.data ?? []).filter((i) => i.hasConnection).map((i) => ({ value: i.id, label: i.name }))} value={integration || null} onChange={(v) => set({ integration: v ?? undefined })} clearable w={200} />
        <Select aria-label={w.state} placeholder={w.anyState} data={Object.keys(states).map((s) => ({ value: s, label: w[s as 'active'] }))} value={state || null} onChange={(v) => set({ state: v ?? undefined })} clearable w={170} />
      </Group>
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading />}
      {q.isSuccess && all.length === 0 && <Empty title={w.none} action={may('manage') && <Button component={Link} href="/connections/new">{w.add}</Button>}>{w.noneHint}</Empty>}
      {all.length > 0 && (
        <>
          {may('manage') && (
            <Group gap="xs" mih={32}>
              <Button size="xs" variant="default" disabled={chosen.length === 0} loading={busy} onClick={() => void switchAll(true)}>{w.enable}</Button>
              <Button size="xs" variant="default" disabled={chosen.length === 0} loading={busy} onClick={() => void switchAll(false)}>{w.disable}</Button>
              <Text size="sm" c="dimmed">{chosen.length ? w.selected(chosen.length) : w.selectHint}</Text>
            </Group>
          )}
          <>
            <Grid<Connection>
              label={w.title}
              records={found}
              idAccessor="id"
              none={w.noMatch}
              selection={may('manage') ? { picked: chosen, onPick: setPicked, nameOf: (c) => w.select(c.name) } : undefined}
              columns={[
                { accessor: 'name', title: w.name, sortable: true, render: (c) => <><div><Anchor component={Link} href={`/connections/${c.id}`} className="breaks">{c.name}</Anchor></div>{c.description && <Text size="xs" c="dimmed" lineClamp={1}>{c.description}</Text>}</> },
                { accessor: 'integration', title: w.integration, sortable: true, render: (c) => nameOf(c.integration) },
                { accessor: 'health', title: w.health, render: (c) => <Health of={c} /> },
                { accessor: 'health.at', title: w.tested, render: (c) => <Time at={c.health?.at} /> },
                { accessor: 'updatedAt', title: w.changed, sortable: true, render: (c) => <Time at={c.updatedAt} /> },
              ]}
            />
          </>
        </>
      )}
    </Page>
  );
}
