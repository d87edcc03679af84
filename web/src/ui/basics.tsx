import { ActionIcon, Alert, Badge, Box, Button, Center, Code, CopyButton, Group, Paper, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { asProblem, type Run } from '../api/client';
import { T } from '../text';
import { bytes, exactBytes, localTime, utcTime } from './format';
import { Icon } from './icons';

/** Page is the frame of every view: heading, actions, content. */
export function Page(p: { title: string; sub?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${p.title} · Fairlead`;
  }, [p.title]);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box miw={0} flex="1 1 320px">
          <Title order={1} className="breaks">
            {p.title}
          </Title>
          {p.sub !== undefined && (
            <Text c="dimmed" component="div" mt={2} className="sub">
              {p.sub}
            </Text>
          )}
        </Box>
        {p.actions && <Group gap="xs">{p.actions}</Group>}
      </Group>
      {p.children}
    </Stack>
  );
}

export function Panel(p: { title?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      {p.title && (
        <Group justify="space-between" mb="sm" gap="xs">
          <Title order={2}>{p.title}</Title>
          {p.actions}
        </Group>
      )}
      {p.children}
    </Paper>
  );
}

/** Time shows a moment in the reader's zone; the exact one in UTC on hover and focus. */
export function Time({ at }: { at?: string | null }) {
  if (!at) return <>{T.none}</>;
  return (
    <time dateTime={at} className="nowrap numbers" title={utcTime(at)}>
      {localTime(at)}
    </time>
  );
}

export function Size({ of }: { of: number }) {
  return (
    <span className="nowrap numbers" title={exactBytes(of)}>
      {bytes(of)}
    </span>
  );
}

export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label={T.loading}>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} h={i === 0 ? 28 : 18} w={i === 0 ? '40%' : `${94 - i * 6}%`} animate={false} />
      ))}
    </Stack>
  );
}

export function Empty(p: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Paper withBorder p="xl">
      <Center>
        <Stack align="center" gap="xs" maw={520} ta="center">
          <Icon name="empty" size={34} />
          <Text fw={600}>{p.title}</Text>
          {p.children && (
            <Text c="dimmed" size="sm" component="div">
              {p.children}
            </Text>
          )}
          {p.action}
        </Stack>
      </Center>
    </Paper>
  );
}

/** Fault shows what went wrong and what to do about it. */
export function Fault({ error, retry }: { error: unknown; retry?: () => void }) {
  const p = asProblem(error);
  return (
    <Alert color="red" variant="light" title={p.title || T.error.title} icon={<Icon name="fault" />} role="alert" styles={alertText}>
      <Stack gap={6}>
        <span className="breaks">{p.detail}</span>
        {p.errors?.map((e, i) => e.message !== p.detail && <span key={i} className="breaks">{`${e.location ? `${e.location}: ` : ''}${e.message} ${e.fix ?? ''}`}</span>)}
        {p.fix && <strong className="breaks">{p.fix}</strong>}
        {retry && (
          <div>
            <Button size="xs" variant="default" onClick={retry}>
              {T.retry}
            </Button>
          </div>
        )}
      </Stack>
    </Alert>
  );
}

export const alertText = { message: { color: 'var(--mantine-color-text)' }, title: { color: 'var(--mantine-color-text)' } };

export function Copy({ text, label, size = 'sm' }: { text: string; label: string; size?: string }) {
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? T.copied : label}>
          <ActionIcon variant="subtle" size={size} color="gray" c="dimmed" onClick={copy} aria-label={copied ? T.copied : label}>
            <Icon name={copied ? 'check' : 'copy'} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** CopyButtonText is Copy with its words beside. */
export function CopyButtonText({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={15} />}>
          {copied ? T.copied : label}
        </Button>
      )}
    </CopyButton>
  );
}

export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <Box pos="relative">
      <pre className="code" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <Box pos="absolute" top={6} right={6}>
        <Copy text={text} label={T.copy(label)} />
      </Box>
    </Box>
  );
}

export function Id({ of }: { of: string }) {
  return (
    <Group gap={2} wrap="nowrap" component="span" display="inline-flex">
      <Code className="breaks">{of}</Code>
      <Copy text={of} label={T.copy('ID')} />
    </Group>
  );
}

const effectColor: Record<string, string> = { read: 'blue', write: 'orange', delete: 'red' };

export function Effects({ of }: { of: string[] | null }) {
  return (
    <Group gap={4} component="span" display="inline-flex" wrap="nowrap">
      {(of ?? []).filter((e) => e in effectColor).map((e) => (
        <Badge key={e} variant="dot" color={effectColor[e]} tt="none" c="var(--mantine-color-text)">
          {T.effect[e as 'read']}
        </Badge>
      ))}
    </Group>
  );
}

const verdictColor: Record<string, string> = { Successful: 'green', 'Partially Successful': 'yellow', Failed: 'red' };

/** Verdict is the outcome of a run, or how far it is. */
export function Verdict({ run, size }: { run: Pick<Run, 'state' | 'returnData'>; size?: string }) {
  const text = run.state === 'done' ? (run.returnData ?? T.none) : T.state[run.state];
  const color = run.state === 'done' ? verdictColor[run.returnData ?? ''] : run.state === 'running' ? 'blue' : 'gray.5';
  return (
    <Badge variant="dot" size={size} color={color} tt="none" c="var(--mantine-color-text)">
      {text}
    </Badge>
  );
}

const Md = lazy(() => import('./markdown'));

export function Markdown({ text }: { text: string }) {
  return (
    <Suspense fallback={<Loading lines={5} />}>
      <Md text={text} />
    </Suspense>
  );
}

/** useParams keeps view state in the address, so that every view has a link. */
export function useParams() {
  const [path, go] = useLocation();
  const params = new URLSearchParams(useSearch());
  const set = (change: Record<string, string | undefined>, replace = true) => {
    const next = new URLSearchParams(window.location.search);
    for (const [k, v] of Object.entries(change)) {
      if (v) next.set(k, v);
      else next.delete(k);
    }
    const q = next.toString();
    go(q ? `${path}?${q}` : path, { replace });
  };
  return [params, set] as const;
}
