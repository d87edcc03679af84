import { Alert, Anchor, Button, Group, Menu, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { Command, Connection, Integration, Run } from '../api/client';
import { useConnections, useMay, useRun } from '../api/queries';
import { useDraft, useKept } from '../form/draft';
import { type Data, defaults, given, kindOf, type ObjectSchema, secretIds } from '../form/schema';
import { type FormHandle, SchemaForm } from '../form/SchemaForm';
import { located } from '../form/validate';
import { T } from '../text';
import { alertText, Effects, Fault, Loading, Panel, useParams } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { asCLI, asCurl, asJSON } from './copyAs';
import { begin, clearLive, useLive } from './live';
import { Going } from './Progress';
import { Result } from './Result';

const JsonEditor = lazy(() => import('../form/JsonEditor').then((m) => ({ default: m.JsonEditor })));

const needed = (c: Command) => ['run', ...(c.effects ?? []).filter((e) => e === 'write' || e === 'delete')];

/** inputOf is what a run was given, without what was hidden. */
export function inputOf(schema: ObjectSchema, run: Run): Data {
  const secret = secretIds(schema);
  return Object.fromEntries(Object.entries((run.input ?? {}) as Data).filter(([k]) => !secret.includes(k)));
}

interface Props {
  integration: Integration;
  command: Command;
}

/** TestTab waits for the run whose inputs are asked for, if any. */
export function TestTab(p: Props) {
  const [params] = useParams();
  const from = params.get('from') ?? '';
  const before = useRun(from);
  if (from && before.isLoading) return <Loading />;
  return <Test key={`${p.command.id}/${from}`} {...p} before={before.data} />;
}

function useStart({ command }: Props, before?: Run): Data {
  const [params] = useParams();
  return useMemo(() => {
    const schema = command.input as ObjectSchema;
    const start = { ...defaults(schema), ...(before ? inputOf(schema, before) : {}) };
    const file = params.get('file');
    const field = Object.entries(schema.properties ?? {}).find(([, x]) => kindOf(x) === 'files' || kindOf(x) === 'file');
    if (file && field) start[field[0]] = kindOf(field[1]) === 'files' ? [file] : file;
    return start;
    // Only what the view begins with counts.
  }, [command.id, before?.runId]);
}

function Test({ integration, command, before }: Props & { before?: Run }) {
  const schema = command.input as ObjectSchema;
  const key = `${integration.id}/${command.id}`;
  const [params, setParams] = useParams();
  const start = useStart({ integration, command }, before);
  const fresh = before !== undefined || params.has('file');
  const draft = useDraft(`run:${key}${fresh ? `:${before?.runId ?? params.get('file')}` : ''}`, schema, start);
  const [mode, setMode] = useKept<'form' | 'json'>(`mode:${key}`, 'form');
  const [text, setText] = useState('');
  const connections = useConnections(integration.connection ? integration.id : '');
  const [sure, setSure] = useState(false);
  const [notJson, setNotJson] = useState(false);
  const form = useRef<FormHandle>(null);
  const out = useRef<HTMLDivElement>(null);
  const live = useLive(key);
  const may = useMay();
  const usable = (integration.connection ? (connections.data ?? []) : []).filter((c) => c.active);
  const connection = params.get('connection') ?? before?.connection ?? (usable.length === 1 ? usable[0].name : '');
  const missing = needed(command).filter((s) => !may(s));

  const input = () => (mode === 'json' ? parse(text) : given(schema, draft.data));
  const ready = () => {
    if (mode === 'json') {
      const ok = parse(text) !== undefined;
      setNotJson(!ok);
      return ok;
    }
    return form.current?.check() ?? true;
  };
  const run = (dryRun: boolean) => {
    if (!ready()) return;
    void begin(key, integration.id, command.id, { connection: connection || undefined, input: input(), dryRun: dryRun || undefined });
    requestAnimationFrame(() => out.current?.scrollIntoView({ behavior: 'auto', block: 'nearest' }));
  };
  const ask = () => (ready() ? (command.effects?.includes('delete') ? setSure(true) : run(false)) : undefined);
  const to = (m: string) => {
    if (m === 'json') setText(JSON.stringify(given(schema, draft.data), null, 2));
    else {
      const v = parse(text);
      if (v === undefined) return setNotJson(true);
      draft.setData({ ...defaults(schema), ...v });
    }
    setNotJson(false);
    setMode(m as 'form');
  };
  useEffect(() => {
    if (mode === 'json') setText(JSON.stringify(given(schema, draft.data), null, 2));
    // Once, for a mode that was kept over a reload.
  }, []);

  const call = { integration: integration.id, command: command.id, connection, input: input() ?? {}, dryRun: false };
  const problems = live?.run?.error?.items?.length ? located(schema, live.run.error.items.filter((i) => i.field).map((i) => ({ location: i.field, message: i.message, fix: i.fix }))) : undefined;
  return (
    <Stack gap="md">
      <Panel
        title={T.test.inputs}
        actions={
          <Group gap="xs">
            <SegmentedControl size="xs" value={mode} onChange={to} data={[{ value: 'form', label: T.test.form }, { value: 'json', label: T.test.json }]} aria-label={T.test.mode} />
            <CopyAs schema={schema} call={call} />
          </Group>
        }
      >
        <Stack gap="md" onKeyDown={(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && (e.preventDefault(), ask())}>
          {integration.connection && <PickConnection {...{ integration, connection, list: connections.data }} onChange={(c) => setParams({ connection: c ?? undefined })} />}
          {mode === 'form' ? (
            <SchemaForm ref={form} id="input" schema={schema} data={draft.data} onChange={draft.setData} errors={problems?.fields} onSubmit={ask} />
          ) : (
            <Suspense fallback={<Loading lines={3} />}>
              <JsonEditor label={T.test.jsonLabel} value={text} onChange={setText} />
              <Text size="sm" c="dimmed">{T.test.jsonHint}</Text>
              {notJson && <Text size="sm" c="var(--mantine-color-error)" role="alert">{T.form.notJson}</Text>}
            </Suspense>
          )}
          {Object.keys(schema.properties ?? {}).length === 0 && mode === 'form' && <Text c="dimmed">{T.test.noInputs}</Text>}
          {missing.length > 0 && <Alert color="yellow" variant="light" styles={alertText}>{T.test.lacking(missing)}</Alert>}
          <Group gap="xs">
            <Button onClick={ask} loading={live?.going} disabled={missing.length > 0} leftSection={<Icon name="runs" />}>{T.test.run}</Button>
            {command.canPlan && <Button variant="default" onClick={() => run(true)} disabled={live?.going || !may('run')}>{T.test.dryRun}</Button>}
            <Button variant="subtle" onClick={() => (draft.setData(defaults(schema)), clearLive(key), setText('{}'))}>{T.test.reset}</Button>
            <Effects of={command.effects} />
          </Group>
        </Stack>
      </Panel>
      <div ref={out}>
        {live?.going && <Going runId={live.runId} progress={live.progress} items={live.items} title={T.test.running} />}
        {live?.fault !== undefined && <Fault error={live.fault} />}
        {live?.run && !live.going && (
          <Stack gap="xs">
            <Result key={live.run.runId} run={live.run} title={live.run.dryRun ? T.test.dryResult : T.test.result} />
            <Group gap="md">
              <Anchor component={Link} href={`/runs/${live.run.runId}`}>{T.test.openRun}</Anchor>
              {live.run.dryRun && !live.run.error && <Button size="xs" onClick={ask} disabled={missing.length > 0}>{T.test.nowReally}</Button>}
            </Group>
          </Stack>
        )}
      </div>
      <Confirm opened={sure} title={T.test.sure(command.name)} action={command.name} onClose={() => setSure(false)} onConfirm={async () => void run(false)}>
        {T.test.sureText(connection)}{command.canPlan ? ` ${T.test.sureDry}` : ''}
      </Confirm>
    </Stack>
  );
}

function parse(text: string): Data | undefined {
  try {
    const v: unknown = text.trim() === '' ? {} : JSON.parse(text);
    return v !== null && typeof v === 'object' && !Array.isArray(v) ? (v as Data) : undefined;
  } catch {
    return undefined;
  }
}

function PickConnection({ integration, connection, list, onChange }: { integration: Integration; connection: string; list?: Connection[]; onChange: (c: string | null) => void }) {
  const usable = (list ?? []).filter((c) => c.active);
  if (list && usable.length === 0)
    return (
      <Alert color="yellow" variant="light" title={T.test.noConnection} styles={alertText}>
        <Anchor component={Link} href={`/connections/new?integration=${integration.id}`}>{T.connections.addTo(integration.name)}</Anchor>
      </Alert>
    );
  return <Select label={T.test.connection} description={T.test.connectionHint} data={usable.map((c) => c.name)} value={connection || null} onChange={onChange} placeholder={T.test.pickConnection} maw={420} allowDeselect={false} searchable={usable.length > 8} />;
}

function CopyAs({ schema, call }: { schema: ObjectSchema; call: Parameters<typeof asCLI>[1] }) {
  const copy = (name: string, text: string) =>
    void navigator.clipboard.writeText(text).then(() => notifications.show({ message: T.test.copiedAs(name) }), () => notifications.show({ color: 'red', message: T.test.noClipboard }));
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="copy" size={14} />}>{T.test.copyAs}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => copy('CLI', asCLI(schema, call))}>CLI</Menu.Item>
        <Menu.Item onClick={() => copy('curl', asCurl(schema, call))}>curl</Menu.Item>
        <Menu.Item onClick={() => copy('JSON', asJSON(schema, call))}>JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
