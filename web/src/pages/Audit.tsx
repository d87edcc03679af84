import { Alert, Anchor, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useAudit, useAuditState, useMay, useSession, useTokens } from '../api/queries';
import { T } from '../text';
import { alertText, CodeBlock, Fault, Id, Loading, Page, Panel, Time, useParams } from '../ui/basics';
import { plural, words } from '../ui/format';
import { Icon } from '../ui/icons';
import { Grid } from '../ui/table';
import { Pager, usePager } from '../ui/pager';

type Entry = Schemas['AuditEntry'];

const perPage = 50;

/** Entries whose subject is who acts elsewhere. */
const named = new Set(['token.created', 'token.revoked', 'session.began', 'session.ended']);

/** Audit searches what happened, and tells whether the chain is whole. */
export default function Audit() {
  const w = T.audit;
  const [params, set] = useParams();
  const pager = usePager();
  const get = (k: string) => params.get(k) || undefined;
  const q = useAudit({ text: get('text'), kind: get('kind'), actor: get('actor'), runId: get('runId'), limit: perPage, cursor: pager.cursor });
  const may = useMay();
  const tokens = useTokens(may('manage'));
  const entries = q.data?.entries ?? [];
  const me = useSession().data?.identity;
  const names = new Map([['local', T.runs.local], ['system', w.system], ['worker', T.runs.worker]]);
  for (const e of entries) if (named.has(e.kind)) names.set(e.subject, (e.body as { name?: string } | null)?.name ?? e.subject);
  for (const t of tokens.data ?? []) names.set(t.id, t.name);
  if (me) names.set(me.id, me.name);
  const open = entries.find((e) => String(e.seq) === params.get('entry'));
  const nameOf = (e: Entry) => (e.body as { actorName?: string } | null)?.actorName ?? names.get(e.actor) ?? e.actor;
  return (
    <Page title={w.title} sub={w.sub}>
      <Chain />
      <Filters />
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading lines={12} />}
      {open && (
        <Panel title={w.entry(open.seq)} actions={<Button size="xs" variant="default" onClick={() => set({ entry: undefined })}>{w.close}</Button>}>
          <Detail e={open} who={nameOf(open)} />
        </Panel>
      )}
      {q.isSuccess && (
        <>
          <Grid<Entry>
            label={w.title}
            records={entries}
            idAccessor="seq"
            none={q.data.next ? w.goOn : w.none}
            columns={[
              { accessor: 'seq', title: w.seq, render: (e) => <Button variant="subtle" size="compact-sm" onClick={() => (set({ entry: String(e.seq) }), window.scrollTo(0, 0))} aria-label={w.open(e.seq)}>{e.seq}</Button> },
              { accessor: 'kind', title: w.kind, render: (e) => w.kinds[e.kind as 'run.intent'] ?? e.kind },
              { accessor: 'actor', title: w.who, render: (e) => <span className="breaks">{nameOf(e)}</span> },
              { accessor: 'runId', title: w.about, render: (e) => <About e={e} /> },
              { accessor: 'at', title: w.when, render: (e) => <Time at={e.at} /> },
            ]}
          />
          <Pager pager={pager} next={q.data.next} count={entries.length} busy={q.isPlaceholderData} />
        </>
      )}
    </Page>
  );
}

function About({ e }: { e: Entry }) {
  const body = e.body as { name?: string; command?: string } | null;
  if (e.runId && e.kind !== 'run.deleted') return <Anchor component={Link} href={`/runs/${e.runId}`}>{body?.command ? words(body.command) : T.audit.run}</Anchor>;
  return <span className="breaks">{body?.name ?? e.subject}</span>;
}

function Detail({ e, who }: { e: Entry; who: string }) {
  const w = T.audit;
  return (
    <Stack gap="xs">
      <Text>{w.kinds[e.kind as 'run.intent'] ?? e.kind} <Text span c="dimmed" className="mono">{e.kind}</Text></Text>
      <Text size="sm">{w.who}: {who} <Text span c="dimmed" className="mono">{e.actor}</Text> · <Time at={e.at} /></Text>
      <Group gap="xs"><Text size="sm">{w.subject}:</Text><Id of={e.subject} />{e.runId && <Anchor component={Link} href={`/runs/${e.runId}`} size="sm">{w.run}</Anchor>}</Group>
      <CodeBlock text={JSON.stringify(e.body, null, 2)} label={w.body} />
      <Text size="sm" className="mono">{w.hash}: {e.hash}</Text>
      <Text size="sm" className="mono">{w.prev}: {e.prev}</Text>
    </Stack>
  );
}

function Chain() {
  const [verify, setVerify] = useState(false);
  const q = useAuditState(verify);
  const s = q.data;
  const w = T.audit;
  if (q.isError) return <Fault error={q.error} />;
  const checked = verify && s !== undefined;
  return (
    <Alert color={s?.problem ? 'red' : checked ? 'green' : 'gray'} variant="light" styles={alertText} title={w.chain} icon={<Icon name={s?.problem ? 'fault' : 'audit'} />}>
      <Group justify="space-between" gap="xs" mih={40}>
        <Stack gap={2} miw={0}>
          <Text size="sm">{!s ? T.loading : s.problem ? w.broken(s.problem) : checked ? w.whole(plural(s.checked, 'entry', 'entries')) : w.has(plural(s.entries, 'entry', 'entries'))}</Text>
          {s && <Text size="sm" className="mono">{s.hash}</Text>}
        </Stack>
        <Button size="xs" variant="default" loading={q.isFetching} onClick={() => (verify ? void q.refetch() : setVerify(true))}>{w.verify}</Button>
      </Group>
    </Alert>
  );
}

function Filters() {
  const [params, set] = useParams();
  const stored = params.get('text') ?? '';
  const [text, setText] = useState(stored);
  const apply = useDebouncedCallback((v: string) => set({ text: v, cursor: undefined }), 250);
  useEffect(() => setText(stored), [stored]);
  const w = T.audit;
  const run = params.get('runId');
  return (
    <Group gap="xs">
      <TextInput flex="1 1 200px" maw={360} aria-label={w.search} placeholder={w.search} leftSection={<Icon name="search" />} value={text} onChange={(e) => (setText(e.currentTarget.value), apply(e.currentTarget.value))} />
      <Select aria-label={w.kind} placeholder={w.anyKind} data={Object.entries(w.kinds).map(([value, label]) => ({ value, label }))} value={params.get('kind')} onChange={(v) => set({ kind: v ?? undefined, cursor: undefined })} clearable searchable w={240} />
      {run && <Button variant="default" onClick={() => set({ runId: undefined, cursor: undefined })}>{w.ofRun(run.slice(0, 8))}</Button>}
    </Group>
  );
}
