import { useSyncExternalStore } from 'react';
import type { Run, Schemas } from '../api/client';
import { changed, queries } from '../api/queries';
import { follow } from '../api/stream';

type Item = Schemas['Item'];

/** Live is a run that this page began. It outlives the view that shows it. */
export interface Live {
  going: boolean;
  runId?: string;
  progress?: Schemas['Progress'];
  items: Item[]; // the last of each name, in order of first sight
  run?: Run;
  fault?: unknown;
}

const all = new Map<string, Live>();
const listeners = new Set<() => void>();
const shownItems = 500;

function put(key: string, live: Live | undefined) {
  if (live) all.set(key, live);
  else all.delete(key);
  listeners.forEach((f) => f());
}

const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => void listeners.delete(f);
};

export const useLive = (key: string) => useSyncExternalStore(subscribe, () => all.get(key));

export const clearLive = (key: string) => put(key, undefined);

export function upsert(items: Item[], item: Item): Item[] {
  const at = items.findIndex((i) => i.item === item.item);
  if (at < 0) return items.length < shownItems ? [...items, item] : items;
  const next = items.slice();
  next[at] = item;
  return next;
}

/** begin runs a command and keeps what it tells under a key. */
export async function begin(key: string, integration: string, command: string, body: Schemas['RunRequest']): Promise<void> {
  let live: Live = { going: true, items: [] };
  put(key, live);
  try {
    await follow(integration, command, body, (e) => {
      live = {
        ...live,
        runId: e.run?.runId ?? live.runId,
        progress: e.progress ?? live.progress,
        items: e.item ? upsert(live.items, e.item) : live.items,
        run: e.type === 'end' ? (e.run ?? live.run) : live.run,
        going: e.type !== 'end',
      };
      put(key, live);
    });
    if (!live.run) await recover(key, live);
  } catch (fault) {
    put(key, { ...live, going: false, fault });
  }
  void changed('runs', 'connections', 'files', 'audit', 'audit-state');
}

/** recover reads a run whose stream broke off. */
async function recover(key: string, live: Live) {
  const { api, ask } = await import('../api/client');
  const run = live.runId ? await ask(api.GET('/api/v1/runs/{run}', { params: { path: { run: live.runId } } })) : undefined;
  if (run) queries.setQueryData(['run', run.runId], run);
  put(key, { ...live, going: false, run });
}
