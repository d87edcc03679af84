import { failed, origin, type StoredFile, unreachable } from './client';

/** upload stores a file and tells how much of it has gone, from 0 to 1. */
export function upload(file: File, source: string, tell: (part: number) => void, stop?: AbortSignal): Promise<StoredFile> {
  const query = new URLSearchParams({ name: file.name });
  if (source) query.set('source', source);
  if (file.type) query.set('contentType', file.type);
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest(); // fetch does not tell how far an upload is
    x.open('POST', `/api/v1/files?${query}`);
    for (const [k, v] of Object.entries(origin)) x.setRequestHeader(k, v);
    x.setRequestHeader('Content-Type', 'application/octet-stream');
    x.responseType = 'json';
    x.upload.onprogress = (e) => e.lengthComputable && tell(e.total === 0 ? 1 : e.loaded / e.total);
    x.onload = () => (x.status < 300 ? resolve(x.response as StoredFile) : reject(failed(x.response, x.status)));
    x.onerror = () => reject(unreachable());
    x.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    stop?.addEventListener('abort', () => x.abort());
    tell(0);
    x.send(file);
  });
}
