import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask, type Run, type Schemas } from '../api/client';
import { ended } from '../api/queries';
import { T } from '../text';
import { Loading, Size } from '../ui/basics';
import { duration, plural } from '../ui/format';
import { Cells } from './Result';

const color: Record<string, string> = { done: 'green', failed: 'red', running: 'blue', skipped: 'gray.5', canceled: 'gray.5', waiting: 'gray.5' };

export function itemRows(items: Schemas['Item'][]) {
  return items.map((i) => [
    i.item,
    <Badge key="s" variant="dot" color={color[i.state]} tt="none" c="var(--mantine-color-text)">{T.itemState[i.state]}</Badge>,
    i.message || T.none,
    i.statusCode || T.none,
    <span key="d" className="nowrap numbers">{i.durationMs ? duration(i.durationMs) : T.none}</span>,
    i.bytes ? <Size key="b" of={i.bytes} /> : T.none,
  ]);
}

const page = 100;

/** Items shows the items of a run page by page, however many there are. */
export function Items({ run }: { run: Run }) {
  const [after, setAfter] = useState(0);
  const q = useQuery({
    queryKey: ['items', run.runId, after, run.state],
    queryFn: () => ask(api.GET('/api/v1/runs/{run}/items', { params: { path: { run: run.runId }, query: { after, limit: page } } })),
    enabled: ended(run) && ((run.items?.length ?? 0) > page || after > 0),
  });
  const items = after === 0 && !q.data ? (run.items ?? []).slice(0, page) : (q.data?.items ?? []);
  const total = Math.max(run.progress.itemsTotal, run.items?.length ?? 0);
  if (q.isLoading && after > 0) return <Loading />;
  return (
    <Stack gap="xs">
      <Cells columns={[T.result.item, T.result.state, T.result.message, T.result.status, T.result.took, T.result.size]} rows={itemRows(items)} label={T.result.items} />
      {total > page && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">{T.pages(after + 1, Math.min(after + page, total), plural(total, 'item'))}</Text>
          <Group gap="xs">
            <Button size="xs" variant="default" disabled={after === 0} onClick={() => setAfter(Math.max(0, after - page))}>{T.previous}</Button>
            <Button size="xs" variant="default" disabled={after + page >= total} onClick={() => setAfter(after + page)}>{T.next}</Button>
          </Group>
        </Group>
      )}
    </Stack>
  );
}
