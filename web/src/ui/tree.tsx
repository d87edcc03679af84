import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { T } from '../text';
import { CodeBlock, Copy } from './basics';
import { Reveal, secretRef } from './reveal';

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** step adds a member to a JSONPath (RFC 9535). */
const step = (path: string, key: string | number) =>
  typeof key === 'number' ? `${path}[${key}]` : plainName.test(key) ? `${path}.${key}` : `${path}['${key.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}']`;

const atOnce = 100;

/** Tree shows JSON; a click on a name gives the JSONPath that leads there. */
export function Tree({ value, label }: { value: unknown; label: string }) {
  const [path, setPath] = useState('');
  const [text, setText] = useState(false);
  const pick = (p: string) => {
    setPath(p);
    void navigator.clipboard?.writeText(p).then(() => notifications.show({ id: 'path', message: T.tree.copied(p), autoClose: 2000 }), () => undefined);
  };
  return (
    <div>
      <Group justify="space-between" mb="xs" gap="xs" mih={34}>
        <Group gap={4} wrap="nowrap" miw={0}>
          {path ? <Text component="output" className="mono">{path}</Text> : <Text size="sm" c="dimmed">{T.tree.hint}</Text>}
          {path && <Copy text={path} label={T.copy('JSONPath')} />}
        </Group>
        <Button size="compact-sm" variant="default" onClick={() => setText(!text)}>
          {text ? T.tree.asTree : T.tree.asText}
        </Button>
      </Group>
      {text ? (
        <CodeBlock text={JSON.stringify(value, null, 2)} label={label} />
      ) : (
        <ul className="tree" aria-label={label}>
          <Node value={value} path="$" name="$" depth={0} pick={pick} />
        </ul>
      )}
    </div>
  );
}

interface NodeProps {
  value: unknown;
  path: string;
  name: string;
  depth: number;
  pick: (path: string) => void;
}

function Node(p: NodeProps) {
  const many = p.value !== null && typeof p.value === 'object';
  const entries: [string | number, unknown][] = !many ? [] : Array.isArray(p.value) ? p.value.map((v, i) => [i, v]) : Object.entries(p.value as object);
  const [open, setOpen] = useState(p.depth < 2 || (p.depth < 4 && entries.length <= 12));
  const [shown, setShown] = useState(atOnce);
  const secret = secretRef(p.value);
  const label = (
    <button type="button" className="key" onClick={() => p.pick(p.path)} title={p.path}>
      {p.name}
    </button>
  );
  if (secret) return <li>{label}: <Reveal secret={secret} /></li>;
  if (!many) return <li>{label}: <Leaf value={p.value} /></li>;
  const list = Array.isArray(p.value);
  return (
    <li>
      <button type="button" className="twist" aria-expanded={open} aria-label={T.tree.toggle(p.name)} onClick={() => setOpen(!open)}>
        {open ? '▾' : '▸'}
      </button>
      {label} <Text span c="dimmed" size="xs">{list ? `[${entries.length}]` : `{${entries.length}}`}</Text>
      {open && entries.length > 0 && (
        <ul>
          {entries.slice(0, shown).map(([k, v]) => (
            <Node key={k} value={v} path={step(p.path, k)} name={String(k)} depth={p.depth + 1} pick={p.pick} />
          ))}
          {entries.length > shown && (
            <li>
              <button type="button" onClick={() => setShown(shown + atOnce * 10)}>
                {T.tree.more(entries.length - shown)}
              </button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="string">{JSON.stringify(value)}</span>;
  if (typeof value === 'number') return <span className="number">{value}</span>;
  return <span className="atom">{String(value)}</span>;
}
