import { Alert, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../api/client';
import { changed, useMay, useSecrets, useSession, useTokens } from '../api/queries';
import { MaskedInput } from '../form/MaskedInput';
import { T } from '../text';
import { alertText, Copy, Empty, Fault, Loading, Page, Time } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';

type Secret = Schemas['NamedSecret'];

const referenceTo = (name: string) => `{{secrets.${name}}}`;

/** Secrets sets and deletes named secrets for jobs. No value is ever shown. */
export default function Secrets() {
  const w = T.secrets;
  const may = useMay()('manage');
  const q = useSecrets(may);
  const nameOf = useWho(may);
  const [setting, setSetting] = useState<{ name?: string }>();
  const [deleting, setDeleting] = useState<string>();
  const [done, setDone] = useState('');
  const remove = async () => {
    await ask(api.DELETE('/api/v1/secrets/{name}', { params: { path: { name: deleting! } } }));
    setDone(w.wasDeleted(deleting!));
    await changed('secrets', 'audit');
  };
  const add = <Button onClick={() => setSetting({})} leftSection={<Icon name="plus" />}>{w.add}</Button>;
  if (!may) return <Page title={w.title} sub={w.sub}><Empty title={w.noManage} /></Page>;
  return (
    <Page title={w.title} sub={w.sub} actions={add}>
      {done && <Alert color="green" variant="light" styles={alertText} role="status"><span className="breaks">{done}</span></Alert>}
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading />}
      {q.data?.length === 0 && (
        <Empty title={w.none}>
          <Stack gap="xs">
            <span>{w.noneText}</span>
            <span>{w.orLine} <Code>fairlead secrets set NAME</Code></span>
          </Stack>
        </Empty>
      )}
      {q.data && q.data.length > 0 && (
        <Grid<Secret>
          label={w.title}
          records={q.data}
          idAccessor="name"
          none={w.none}
          columns={[
            { accessor: 'name', title: w.name, sortable: true, render: (s) => <span className="mono breaks">{s.name}</span> },
            { accessor: 'reference', title: w.reference, render: (s) => <Group gap={2} wrap="nowrap"><Code className="breaks">{referenceTo(s.name)}</Code><Copy text={referenceTo(s.name)} label={w.copyOf(s.name)} /></Group> },
            { accessor: 'updatedAt', title: w.set, sortable: true, render: (s) => <Time at={s.updatedAt} /> },
            { accessor: 'updatedBy', title: w.by, render: (s) => <span className="breaks">{nameOf(s.updatedBy)}</span> },
            {
              accessor: 'actions',
              title: w.actions,
              render: (s) => (
                <Group gap="xs" wrap="nowrap">
                  <Button size="compact-sm" variant="default" onClick={() => setSetting({ name: s.name })} aria-label={w.againOf(s.name)}>{w.again}</Button>
                  <Button size="compact-sm" variant="default" onClick={() => setDeleting(s.name)} aria-label={w.deleteOf(s.name)}>{w.delete}</Button>
                </Group>
              ),
            },
          ]}
        />
      )}
      {setting && <SetSecret name={setting.name} taken={(q.data ?? []).map((s) => s.name)} close={() => setSetting(undefined)} onDone={(n) => setDone(w.wasSet(n, referenceTo(n)))} />}
      <Confirm opened={deleting !== undefined} onClose={() => setDeleting(undefined)} onConfirm={remove} title={w.deleteOf(deleting ?? '')} typed={deleting} action={w.delete}>{w.deleteText}</Confirm>
    </Page>
  );
}

/** useWho gives the name of whoever acted, by ID. */
function useWho(may: boolean) {
  const tokens = useTokens(may).data ?? [];
  const me = useSession().data?.identity;
  return (id: string) => (id === me?.id ? me.name : id === 'local' ? T.runs.local : (tokens.find((t) => t.id === id)?.name ?? id));
}

/** SetSecret gives a secret a value; without a name, one that is asked for too. */
function SetSecret(p: { name?: string; taken: string[]; close: () => void; onDone: (name: string) => void }) {
  const w = T.secrets;
  const [name, setName] = useState(p.name ?? '');
  const [value, setValue] = useState<() => string>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const wrong = /[\s{}]/.test(name) || /^\.{1,2}$/.test(name) ? w.badName : undefined;
  const save = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const made = await ask(api.PUT('/api/v1/secrets/{name}', { params: { path: { name } }, body: { value: value!() } }));
      await changed('secrets', 'audit');
      p.onDone(made.name);
      p.close();
    } catch (e) {
      setFault(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog opened onClose={p.close} title={p.name ? w.againOf(p.name) : w.add} centered>
      <form onSubmit={(e) => (e.preventDefault(), void save())}>
        <Stack>
          {p.name ? (
            <Text size="sm">{w.againText}</Text>
          ) : (
            <TextInput label={w.name} description={w.nameHint} error={wrong} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus withAsterisk autoComplete="off" spellCheck={false} />
          )}
          {!p.name && p.taken.includes(name) && <Text size="sm" role="status">{w.exists}</Text>}
          <MaskedInput id="value" label={w.value} description={w.valueHint} withAsterisk fromFile data-autofocus={p.name ? true : undefined} onChange={(v) => setValue(v === '' ? undefined : () => () => v)} />
          {fault !== undefined && <Fault error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={p.close}>{T.cancel}</Button>
            <Button type="submit" loading={busy} disabled={name === '' || wrong !== undefined || value === undefined}>{p.name ? w.again : w.add}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
