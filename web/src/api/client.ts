import createClient from 'openapi-fetch';
import { T } from '../text';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];
export type Run = Schemas['Run'];
export type Connection = Schemas['Connection'];
export type Command = Schemas['Command'];
export type Integration = Schemas['Integration'];
export type StoredFile = Schemas['File'];

/** A failure of a request, in the words of the server. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export const origin = { 'Fairlead-Origin': 'console' };

export const api = createClient<paths>({ baseUrl: '', headers: origin });

/** Told when an answer says that nobody is signed in. */
const signedOut = new Set<() => void>();

export function onSignedOut(f: () => void): () => void {
  signedOut.add(f);
  return () => void signedOut.delete(f);
}

function problemOf(error: unknown, status: number): Problem {
  if (error && typeof error === 'object' && 'detail' in error) return error as Problem;
  return { title: T.error.title, status, detail: T.error.noAnswer(status), kind: 'Internal' };
}

export function unreachable(): ApiError {
  return new ApiError({ title: T.error.title, status: 0, detail: T.error.unreachable, kind: 'Unavailable', fix: T.error.unreachableFix });
}

export function failed(error: unknown, status: number): ApiError {
  if (status === 401) signedOut.forEach((f) => f());
  return new ApiError(problemOf(error, status));
}

/** ask gives the data of an answer, or throws an ApiError. */
export async function ask<D>(request: Promise<{ data?: D; error?: unknown; response: Response }>): Promise<D> {
  let answer: Awaited<typeof request>;
  try {
    answer = await request;
  } catch {
    throw unreachable();
  }
  if (!answer.response.ok) throw failed(answer.error, answer.response.status);
  return answer.data as D;
}

/** askRun is ask for an answer that is a run unless its events are asked for. */
export async function askRun(request: Promise<{ data?: Run | Schemas['RunEvent']; error?: unknown; response: Response }>): Promise<Run> {
  return (await ask(request)) as Run;
}

/** asProblem gives what to show of anything thrown. */
export function asProblem(e: unknown): Problem {
  if (e instanceof ApiError) return e.problem;
  return { title: T.error.title, status: 0, detail: e instanceof Error ? e.message : String(e), kind: 'Internal' };
}
