import { ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { integrationQuery, useConnections, useIntegrations } from '../api/queries';
import { T } from '../text';
import { Dialog } from './dialog';

interface Place {
  to: string;
  label: string;
  hint: string;
}

/** Jump goes anywhere by typing. */
export default function Jump({ close }: { close: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const integrations = useIntegrations();
  const connections = useConnections();
  const details = useQueries({ queries: (integrations.data ?? []).map((i) => integrationQuery(i.id)) });
  const all: Place[] = [
    ...T.jump.pages.map(([to, label]) => ({ to, label, hint: T.jump.page })),
    ...(integrations.data ?? []).map((i) => ({ to: `/integrations/${i.id}`, label: i.name, hint: T.jump.integration })),
    ...details.flatMap((d) => (d.data?.commands ?? []).map((c) => ({ to: `/integrations/${d.data?.id}/commands/${c.id}?tab=test`, label: c.name, hint: T.jump.commandOf(d.data?.name ?? '') }))),
    ...(connections.data ?? []).map((c) => ({ to: `/connections/${c.id}`, label: c.name, hint: T.jump.connection })),
  ];
  const found = useMemo(() => {
    const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((p) => parts.every((w) => `${p.label} ${p.hint}`.toLowerCase().includes(w))).slice(0, 40);
  }, [text, all.length]);
  const open = (p?: Place) => {
    if (!p) return;
    close();
    go(p.to);
  };
  const keys = (e: React.KeyboardEvent) => {
    if (e.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
    else if (e.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (e.key === 'Enter') open(found[at]);
    else return;
    e.preventDefault();
  };
  return (
    <Dialog opened onClose={close} title={T.jump.title} size="lg" transitionProps={{ duration: 0 }}>
      <Stack gap="xs">
        <TextInput data-autofocus value={text} onChange={(e) => (setText(e.currentTarget.value), setAt(0))} onKeyDown={keys} placeholder={T.jump.placeholder} aria-label={T.jump.title} role="combobox" aria-expanded aria-controls="jump-list" aria-activedescendant={found[at] ? `jump-${at}` : undefined} />
        <ScrollArea.Autosize mah="50vh" viewportProps={{ tabIndex: -1 }}>
          <div role="listbox" id="jump-list" aria-label={T.jump.title}>
            {found.map((p, i) => (
              <UnstyledButton key={p.to + p.label} id={`jump-${i}`} role="option" aria-selected={i === at} tabIndex={-1} onClick={() => open(p)} display="block" w="100%" p="xs" style={{ borderRadius: 8, background: i === at ? 'light-dark(#dbeaf0, #1d3a46)' : undefined }}>
                <Text span fw={550}>{p.label}</Text> <Text span size="sm" c="dimmed">{p.hint}</Text>
              </UnstyledButton>
            ))}
          </div>
          {found.length === 0 && <Text c="dimmed" p="xs">{T.jump.nothing}</Text>}
        </ScrollArea.Autosize>
      </Stack>
    </Dialog>
  );
}
