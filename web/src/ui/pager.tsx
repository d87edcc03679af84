import { Button, Group, Text } from '@mantine/core';
import { T } from '../text';
import { useParams } from './basics';

/** Cursors of the pages that were seen, by page. A link into the middle knows none
 * before its own and goes back to the first page. */
const trail: (string | undefined)[] = [];

/** usePager keeps the page in the address. */
export function usePager() {
  const [params, set] = useParams();
  const cursor = params.get('cursor') ?? undefined;
  const page = cursor ? Number(params.get('page')) || 2 : 1;
  trail[page] = cursor;
  const go = (c: string | undefined, p: number) => set({ cursor: c, page: c ? String(p) : undefined }, false);
  return { cursor, page, next: (c: string) => go(c, page + 1), previous: () => go(trail[page - 1], page - 1), first: () => go(undefined, 1) };
}

export function Pager({ pager, next, count, busy }: { pager: ReturnType<typeof usePager>; next?: string; count: number; busy?: boolean }) {
  if (pager.page === 1 && !next) return <Group h={30} />; // the place stays, so that nothing moves
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed" aria-live="polite">{T.pageOf(pager.page, count)}</Text>
      <Group gap="xs">
        <Button size="xs" variant="default" disabled={pager.page === 1} onClick={pager.first}>{T.first}</Button>
        <Button size="xs" variant="default" disabled={pager.page === 1} onClick={pager.previous}>{T.previous}</Button>
        <Button size="xs" variant="default" disabled={!next || busy} onClick={() => next && pager.next(next)}>{T.next}</Button>
      </Group>
    </Group>
  );
}
