import { useEffect, useState } from 'react';
import { type Data, type ObjectSchema, withoutSecrets } from './schema';

const read = <V>(key: string): V | undefined => {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as V);
  } catch {
    return undefined; // storage is off, or holds what another version wrote
  }
};

const write = (key: string, v: unknown) => {
  try {
    if (v === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(v));
  } catch {
    // storage is off or full: the form works without
  }
};

/** useDraft keeps a form over a reload of the page, without its secrets. */
export function useDraft(key: string, schema: ObjectSchema, start: Data) {
  const [data, setData] = useState<Data>(() => ({ ...start, ...read<Data>(key) }));
  useEffect(() => write(key, withoutSecrets(schema, data)), [key, schema, data]);
  return { data, setData, forget: () => write(key, undefined) };
}

/** useKept keeps a small piece of a form that holds no secret. */
export function useKept<V>(key: string, start: V) {
  const [value, setValue] = useState<V>(() => read<V>(key) ?? start);
  useEffect(() => write(key, value), [key, value]);
  return [value, setValue, () => write(key, undefined)] as const;
}
