import { Alert, Badge, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../api/client';
import { changed, useSession, useTokens } from '../api/queries';
import { T } from '../text';
import { alertText, CodeBlock, Fault, Loading, Time } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';

type Token = Schemas['Token'];


const stateOf = (t: Token): 'revoked' | 'expired' | 'valid' => (t.revokedAt ? 'revoked' : t.expiresAt && new Date(t.expiresAt) <= new Date() ? 'expired' : 'valid');

export function Tokens() {
  const q = useTokens();
  const me = useSession().data?.identity?.id;
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const w = T.tokens;
  const revoke = async () => {
    await ask(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token: revoking!.id } } }));
    await changed('tokens', 'audit');
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed" size="sm" maw={640}>{w.hint}</Text>
        <Button onClick={() => setAdding(true)} leftSection={<Icon name="plus" />}>{w.add}</Button>
      </Group>
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading />}
      {q.data && (
        <>
          <Grid<Token>
            label={w.title}
            records={q.data}
            idAccessor="id"
            none={w.none}
            columns={[
              { accessor: 'name', title: w.name, sortable: true, render: (t) => <>{t.name}{t.id === me && <Text span size="xs" c="dimmed"> {w.yours}</Text>}</> },
              { accessor: 'scopes', title: w.scopes, render: (t) => (t.scopes ?? []).join(', ') },
              { accessor: 'state', title: w.state, render: (t) => <Badge variant="dot" color={stateOf(t) === 'valid' ? 'green' : 'gray.5'} tt="none" c="var(--mantine-color-text)">{w[stateOf(t)]}</Badge> },
              { accessor: 'lastUsedAt', title: w.lastUsed, render: (t) => <Time at={t.lastUsedAt} /> },
              { accessor: 'expiresAt', title: w.expires, render: (t) => (t.expiresAt ? <Time at={t.expiresAt} /> : w.never) },
              { accessor: 'revoke', title: w.actions, render: (t) => stateOf(t) === 'valid' && <Button size="compact-sm" variant="default" onClick={() => setRevoking(t)} aria-label={w.revokeOf(t.name)}>{w.revoke}</Button> },
            ]}
          />
        </>
      )}
      {adding && <Add close={() => setAdding(false)} />}
      <Confirm opened={revoking !== undefined} onClose={() => setRevoking(undefined)} onConfirm={revoke} title={w.revokeOf(revoking?.name ?? '')} typed={revoking?.name} action={w.revoke}>{revoking?.id === me ? w.revokeYours : w.revokeText}</Confirm>
    </Stack>
  );
}

const lifetimes: Record<string, number> = { '7': 7, '30': 30, '90': 90, '365': 365 };

function Add({ close }: { close: () => void }) {
  const w = T.tokens;
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['read', 'run']);
  const [life, setLife] = useState<string | null>('90');
  const [made, setMade] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const add = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const days = lifetimes[life ?? ''];
      const expiresAt = days ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined;
      setMade((await ask(api.POST('/api/v1/tokens', { body: { name, scopes, expiresAt } }))).token);
      await changed('tokens', 'audit');
    } catch (e) {
      setFault(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog opened onClose={close} title={w.add} centered>
      {made ? (
        <Stack>
          <Alert color="yellow" variant="light" styles={alertText}>{w.once}</Alert>
          <CodeBlock text={made} label={w.token} />
          <Group justify="flex-end"><Button onClick={close}>{w.kept}</Button></Group>
        </Stack>
      ) : (
        <form onSubmit={(e) => (e.preventDefault(), void add())}>
          <Stack>
            <TextInput label={w.name} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus withAsterisk autoComplete="off" />
            <Checkbox.Group label={w.scopes} value={scopes} onChange={setScopes}>
              <Stack gap="xs" mt="xs">{(['read', 'run', 'write', 'delete', 'reveal', 'manage'] as const).map((s) => <Checkbox key={s} value={s} label={s} description={w.means[s]} />)}</Stack>
            </Checkbox.Group>
            <Select label={w.lifetime} data={[...Object.keys(lifetimes).map((d) => ({ value: d, label: w.days(d) })), { value: 'never', label: w.neverExpires }]} value={life} onChange={setLife} allowDeselect={false} />
            {fault !== undefined && <Fault error={fault} />}
            <Group justify="flex-end"><Button variant="default" onClick={close}>{T.cancel}</Button><Button type="submit" loading={busy} disabled={name.trim() === '' || scopes.length === 0}>{w.add}</Button></Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
