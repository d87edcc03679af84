import { Button, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api, ask, asProblem } from '../api/client';
import { useMay } from '../api/queries';
import { T } from '../text';
import { Copy } from './basics';

/** secretRef gives the reference that stands for a secret output, if it is one. */
export function secretRef(v: unknown): string {
  const ref = v !== null && typeof v === 'object' ? (v as { $secret?: unknown }).$secret : undefined;
  return typeof ref === 'string' ? ref : '';
}

const shownFor = 30_000;

/** Reveal shows a secret output on request, which is audited, and hides it again. */
export function Reveal({ secret }: { secret: string }) {
  const may = useMay();
  const [value, setValue] = useState<string>();
  const [fault, setFault] = useState('');
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(() => setValue(undefined), shownFor);
    return () => clearTimeout(timer);
  }, [value]);
  const show = () => ask(api.POST('/api/v1/reveal', { body: { ref: secret } })).then((v) => setValue(v.value), (e) => setFault(asProblem(e).detail));
  if (value !== undefined)
    return (
      <Group gap={4} component="span" display="inline-flex">
        <span className="mono">{value}</span>
        <Copy text={value} label={T.copy(T.reveal.secret)} />
        <Button size="compact-xs" variant="default" onClick={() => setValue(undefined)}>{T.reveal.hide}</Button>
      </Group>
    );
  return (
    <Group gap={6} component="span" display="inline-flex">
      <span className="mono">{T.reveal.dots}</span>
      {may('reveal') ? <Button size="compact-xs" variant="default" onClick={show}>{T.reveal.show}</Button> : <Text span size="xs" c="dimmed">{T.reveal.needs}</Text>}
      {fault && <Text span size="xs" c="var(--mantine-color-error)">{fault}</Text>}
    </Group>
  );
}
