import { failed, origin, unreachable, type Schemas } from './client';

export type RunEvent = Schemas['RunEvent'];

/** follow runs a command and tells its events; the last holds the exact result. */
export async function follow(integration: string, command: string, body: Schemas['RunRequest'], tell: (e: RunEvent) => void): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/integrations/${encodeURIComponent(integration)}/commands/${encodeURIComponent(command)}/runs`, {
      method: 'POST',
      headers: { ...origin, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(body),
    });
  } catch {
    throw unreachable();
  }
  if (!answer.ok || !answer.body) throw failed(await answer.json().catch(() => null), answer.status);
  if (!answer.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    tell({ type: 'end', run: await answer.json() }); // a repeat, or an old proxy in between
    return;
  }
  await readEvents(answer.body, tell);
}

async function readEvents(body: ReadableStream<Uint8Array>, tell: (e: RunEvent) => void) {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const data = part.split('\n').filter((l) => l.startsWith('data: ')).map((l) => l.slice(6)).join('\n');
        if (data) tell(JSON.parse(data) as RunEvent);
      }
    }
  } catch (e) {
    if (e instanceof SyntaxError) throw e;
    throw unreachable();
  }
}

/** watch tells the events of a run that was begun elsewhere, until it ends. */
export function watch(run: string, tell: (e: RunEvent) => void): () => void {
  const source = new EventSource(`/api/v1/runs/${encodeURIComponent(run)}/events`);
  const on = (m: MessageEvent<string>) => tell(JSON.parse(m.data) as RunEvent);
  for (const type of ['begun', 'progress', 'item']) source.addEventListener(type, on);
  source.addEventListener('end', (m) => {
    source.close();
    on(m);
  });
  return () => source.close();
}
