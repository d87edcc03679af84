import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, ApiError, ask, type Run, type Schemas } from './client';
import { words } from '../ui/format';
import type { operations } from './schema';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (count, e) => count < 2 && e instanceof ApiError && (e.problem.status === 0 || e.problem.status >= 500),
    },
  },
});

/** changed makes everything that begins with these keys be read again. */
export function changed(...keys: string[]) {
  return Promise.all(keys.map((k) => queries.invalidateQueries({ queryKey: [k] })));
}

export const useSession = () =>
  useQuery({ queryKey: ['session'], queryFn: () => ask(api.GET('/api/v1/session')), staleTime: 60_000, refetchOnWindowFocus: true });

/** become makes somebody else, or nobody, the one who is signed in: what was read before is theirs no more. */
export function become(session: Schemas['Session']) {
  queries.setQueryData(['session'], session);
  queries.removeQueries({ predicate: (q) => q.queryKey[0] !== 'session' });
}

export function useMay() {
  const scopes = useSession().data?.identity?.scopes ?? [];
  return (...needed: string[]) => needed.every((s) => scopes.includes(s));
}

export const useIntegrations = () =>
  useQuery({
    queryKey: ['integrations'],
    staleTime: Infinity,
    queryFn: async () => (await ask(api.GET('/api/v1/integrations'))).integrations ?? [],
  });

/** useNames gives the name of an integration by its ID. */
export function useNames() {
  const list = useIntegrations().data;
  return useCallback((id: string) => list?.find((i) => i.id === id)?.name ?? words(id), [list]);
}

export const integrationQuery = (id: string) => ({
  queryKey: ['integration', id],
  staleTime: Infinity,
  queryFn: () => ask(api.GET('/api/v1/integrations/{integration}', { params: { path: { integration: id } } })),
});

export const useIntegration = (id: string) => useQuery({ ...integrationQuery(id), enabled: id !== '' });

export const useConnections = (integration = '') =>
  useQuery({
    queryKey: ['connections', integration],
    queryFn: async () => (await ask(api.GET('/api/v1/connections', { params: { query: { integration: integration || undefined } } }))).connections ?? [],
  });

export const useConnection = (id: string) =>
  useQuery({
    queryKey: ['connections', 'one', id],
    enabled: id !== '',
    queryFn: () => ask(api.GET('/api/v1/connections/{connection}', { params: { path: { connection: id } } })),
  });

export const useUsage = (id: string) =>
  useQuery({
    queryKey: ['connections', 'usage', id],
    enabled: id !== '',
    queryFn: () => ask(api.GET('/api/v1/connections/{connection}/usage', { params: { path: { connection: id } } })),
  });

export type RunFilter = NonNullable<operations['list-runs']['parameters']['query']>;

export const ended = (r: Pick<Run, 'state'>) => r.state === 'done' || r.state === 'canceled' || r.state === 'unknown';

/** Lists stay current by themselves: quickly while something goes on. */
const liveInterval = (going: boolean) => (going ? 2_000 : 10_000);

export const useRuns = (filter: RunFilter, live = true) =>
  useQuery({
    queryKey: ['runs', filter],
    placeholderData: keepPreviousData,
    queryFn: () => ask(api.GET('/api/v1/runs', { params: { query: filter } })),
    refetchInterval: (q) => (live ? liveInterval(!!q.state.data?.runs?.some((r) => !ended(r))) : false),
  });

export const useRun = (id: string) =>
  useQuery({
    queryKey: ['run', id],
    enabled: id !== '',
    queryFn: () => ask(api.GET('/api/v1/runs/{run}', { params: { path: { run: id } } })),
  });

export type FileFilter = NonNullable<operations['list-files']['parameters']['query']>;

export const useFiles = (filter: FileFilter) =>
  useQuery({
    queryKey: ['files', filter],
    placeholderData: keepPreviousData,
    queryFn: () => ask(api.GET('/api/v1/files', { params: { query: filter } })),
  });

export const useFile = (id: string) =>
  useQuery({ queryKey: ['file', id], queryFn: () => ask(api.GET('/api/v1/files/{file}', { params: { path: { file: id } } })) });

export type AuditFilter = NonNullable<operations['list-audit']['parameters']['query']>;

export const useAudit = (filter: AuditFilter) =>
  useQuery({
    queryKey: ['audit', filter],
    placeholderData: keepPreviousData,
    queryFn: () => ask(api.GET('/api/v1/audit', { params: { query: filter } })),
  });

export const useAuditState = (verify: boolean) =>
  useQuery({
    queryKey: ['audit-state', verify],
    queryFn: () => ask(api.GET('/api/v1/audit/state', { params: { query: { verify } } })),
  });

export const useTokens = (enabled = true) =>
  useQuery({ queryKey: ['tokens'], enabled, queryFn: async () => (await ask(api.GET('/api/v1/tokens'))).tokens ?? [] });

export const useSecrets = (enabled = true) =>
  useQuery({ queryKey: ['secrets'], enabled, queryFn: async () => (await ask(api.GET('/api/v1/secrets'))).secrets ?? [] });

/** A worker is looked at while the page is, not while it is hidden. */
export const useWorker = () =>
  useQuery({
    queryKey: ['worker'],
    queryFn: () => ask(api.GET('/api/v1/worker')),
    refetchInterval: (q) => (q.state.data?.enabled === false ? 30_000 : 2_000),
    refetchIntervalInBackground: false,
  });

export const useKeys = () => useQuery({ queryKey: ['keys'], queryFn: async () => (await ask(api.GET('/api/v1/keys'))).keysets ?? [] });

export const usePolicy = (integration: string, commands: string[], resources: Record<string, string[]>, caller: string) =>
  useQuery({
    queryKey: ['policy', integration, commands, resources, caller],
    enabled: commands.length > 0,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    queryFn: () => ask(api.POST('/api/v1/integrations/{integration}/policy', { params: { path: { integration } }, body: { commands, resources, caller: caller || undefined } })),
  });

export const useAbout = () => useQuery({ queryKey: ['about'], staleTime: Infinity, queryFn: () => ask(api.GET('/api/v1/about')) });
