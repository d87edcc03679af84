import { Alert, Button, Checkbox, Group, Stack, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { api, ask, askRun, ApiError, type Connection, type Integration, type Run } from '../api/client';
import { changed, useMay } from '../api/queries';
import { useDraft, useKept } from '../form/draft';
import { type Data, defaults, given, type ObjectSchema, secretIds } from '../form/schema';
import { type FormHandle, SchemaForm } from '../form/SchemaForm';
import { located } from '../form/validate';
import { Failure } from '../run/Result';
import { T } from '../text';
import { alertText, Fault, Panel } from '../ui/basics';
import { Icon } from '../ui/icons';
import { kindsOf, type Rails, railsOf, railsToSend } from './guardrails';

interface Props {
  integration: Integration;
  stored?: Connection;
  onSaved: (c: Connection) => void;
}

const none: string[] = [];

/** settingsOf is what to send: everything for a new connection, the differences for a stored one. */
function settingsOf(schema: ObjectSchema, data: Data, stored?: Connection): Data {
  const now = given(schema, data);
  if (!stored) return Object.fromEntries(Object.entries(now).filter(([, v]) => v !== null));
  const secret = secretIds(schema);
  const gone = Object.keys(stored.settings).filter((k) => !(k in now) && !secret.includes(k));
  return { ...Object.fromEntries(gone.map((k) => [k, null])), ...now };
}

/** ConnectionForm adds or changes a connection. */
export function ConnectionForm({ integration, stored, onSaved }: Props) {
  const schema = integration.connection!.schema as ObjectSchema;
  const key = stored ? `connection:${stored.id}:${stored.revision}` : `connection:new:${integration.id}`;
  const start = useMemo(() => ({ ...defaults(schema), ...(stored?.settings ?? {}) }), [schema, stored]);
  const draft = useDraft(key, schema, start);
  const [about, setAbout, forgetAbout] = useKept(`${key}:about`, { name: stored?.name ?? '', description: stored?.description ?? '', active: stored?.active ?? true, rails: railsOf(stored?.guardrails) });
  const form = useRef<FormHandle>(null);
  const name = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState<'test' | 'save'>();
  const [fault, setFault] = useState<unknown>();
  const [test, setTest] = useState<Run>();
  const [nameWrong, setNameWrong] = useState('');
  const may = useMay();
  const kept = stored?.secretsSet ?? none;
  const w = T.connections;
  const readOnly = !may('manage');

  const doing = async (what: 'test' | 'save', f: () => Promise<void>) => {
    setFault(undefined);
    setTest(undefined);
    if (!(form.current?.check() ?? true)) return;
    setBusy(what);
    await f().catch(setFault);
    setBusy(undefined);
  };
  const tryOut = () =>
    doing('test', async () => {
      const settings = settingsOf(schema, draft.data, stored);
      const run = !stored
        ? api.POST('/api/v1/integrations/{integration}/test', { params: { path: { integration: integration.id } }, body: { settings } })
        : readOnly
          ? api.POST('/api/v1/connections/{connection}/test', { params: { path: { connection: stored.id } }, body: {} })
          : api.POST('/api/v1/connections/{connection}/test-changed', { params: { path: { connection: stored.id } }, body: { settings } });
      setTest(await askRun(run));
      void changed('connections', 'runs', 'audit');
    });
  const save = () => {
    if (about.name.trim() === '') {
      setNameWrong(w.nameMissing);
      name.current?.focus();
      return;
    }
    void doing('save', async () => {
      const common = { name: about.name.trim(), description: about.description, active: about.active, settings: settingsOf(schema, draft.data, stored) };
      const guardrails = railsToSend(about.rails);
      const saved = stored
        ? await ask(api.PATCH('/api/v1/connections/{connection}', { params: { path: { connection: stored.id } }, body: { ...common, guardrails, revision: stored.revision } }))
        : await ask(api.POST('/api/v1/connections', { body: { ...common, integration: integration.id, guardrails } }));
      draft.forget();
      forgetAbout();
      await changed('connections', 'audit');
      onSaved(saved);
    });
  };

  const problems = fault instanceof ApiError ? (fault.problem.errors ?? []) : (test?.error?.items ?? []).filter((i) => i.field).map((i) => ({ location: i.field, message: i.message, fix: i.fix }));
  const errors = problems.length ? located(schema, problems).fields : undefined;
  const nameError = nameWrong || problems.find((p) => p.location === '/name')?.message;
  return (
    <Stack>
      <form onSubmit={(e) => (e.preventDefault(), save())} id="about" noValidate>
        <Panel title={w.about}>
          <Stack>
            <TextInput ref={name} label={w.nameField} withAsterisk value={about.name} error={nameError} disabled={readOnly} autoComplete="off" onChange={(e) => (setNameWrong(''), setAbout({ ...about, name: e.currentTarget.value }))} maw={520} />
            <Textarea label={w.description} value={about.description} disabled={readOnly} onChange={(e) => setAbout({ ...about, description: e.currentTarget.value })} autosize minRows={1} maxRows={6} maw={720} />
            <Switch label={w.active} description={w.activeHint} checked={about.active} disabled={readOnly} onChange={(e) => setAbout({ ...about, active: e.currentTarget.checked })} />
          </Stack>
        </Panel>
      </form>
      <Panel title={w.system}>
        <SchemaForm key={key} ref={form} id="settings" schema={schema} data={draft.data} onChange={(d) => (draft.setData(d), setTest(undefined))} errors={errors} kept={kept} disabled={readOnly} onSubmit={save} />
      </Panel>
      <RailsPanel integration={integration} rails={about.rails} onChange={(rails) => setAbout({ ...about, rails })} disabled={readOnly} />
      {test && <Outcome run={test} />}
      {fault !== undefined && <Fault error={fault} />}
      <Group gap="xs">
        {!readOnly && <Button onClick={save} loading={busy === 'save'} disabled={busy === 'test'}>{stored ? w.save : w.addButton}</Button>}
        {may('run') && <Button variant="default" onClick={() => void tryOut()} loading={busy === 'test'} disabled={busy === 'save'}>{w.test}</Button>}
        {!readOnly && <Button variant="subtle" onClick={() => (draft.setData(start), setTest(undefined), setFault(undefined))}>{w.reset}</Button>}
      </Group>
    </Stack>
  );
}

/** Outcome is the answer of Test Connection: the green tick, or the fault with its fix. */
function Outcome({ run }: { run: Run }) {
  const w = T.connections;
  if (run.returnData === 'Successful') {
    const raw = (run.rawData ?? {}) as Record<string, unknown>;
    const facts = Object.entries(raw).filter(([, v]) => typeof v === 'string' && v !== '').map(([k, v]) => (k.toLowerCase() === 'message' ? String(v).replace(/^Passed: /, '') : `${k}: ${String(v)}`));
    return (
      <Alert color="green" variant="light" title={w.passed} icon={<Icon name="check" />} role="status" styles={alertText}>
        <span className="breaks">{facts.join(' · ') || w.passedText}</span>
      </Alert>
    );
  }
  return (
    <Alert color="red" variant="light" title={w.failed} icon={<Icon name="fault" />} role="alert" styles={alertText}>
      {run.error ? <Failure error={run.error} /> : T.state[run.state]}
    </Alert>
  );
}

function RailsPanel({ integration, rails, onChange, disabled }: { integration: Integration; rails: Rails; onChange: (r: Rails) => void; disabled: boolean }) {
  const w = T.guardrails;
  const kinds = kindsOf(integration);
  return (
    <Panel title={w.title}>
      <Stack>
        <Text size="sm" c="dimmed">{w.hint}</Text>
        <Checkbox.Group label={w.effects} description={w.effectsHint} value={rails.effects} onChange={(effects) => effects.length > 0 && onChange({ ...rails, effects })}>
          <Group mt="xs">{(['read', 'write', 'delete'] as const).map((e) => <Checkbox key={e} value={e} label={T.effect[e]} disabled={disabled} />)}</Group>
        </Checkbox.Group>
        {kinds.map((k) => (
          <TagsInput key={k} label={w.resource(k)} description={w.patternHint} placeholder={rails.resources[k]?.length ? undefined : w.all} disabled={disabled} value={rails.resources[k] ?? []} onChange={(v) => onChange({ ...rails, resources: { ...rails.resources, [k]: v } })} maw={560} />
        ))}
      </Stack>
    </Panel>
  );
}
