import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { T } from '../text';
import { Fault } from './basics';
import { Dialog } from './dialog';

/** Confirm asks before what cannot be undone: the name must be typed. */
export function Confirm(p: { opened: boolean; title: string; typed?: string; action: string; children?: ReactNode; onClose: () => void; onConfirm: () => Promise<unknown> }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const close = () => {
    setText('');
    setFault(undefined);
    p.onClose();
  };
  const go = async () => {
    setBusy(true);
    try {
      await p.onConfirm();
      close();
    } catch (e) {
      setFault(e);
    } finally {
      setBusy(false);
    }
  };
  const ready = p.typed === undefined || text.trim() === p.typed;
  return (
    <Dialog opened={p.opened} onClose={close} title={p.title} centered>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) void go();
        }}
      >
        <Stack>
          <Text component="div" size="sm" className="breaks">{p.children}</Text>
          {p.typed !== undefined && <TextInput label={T.confirm.type(p.typed)} value={text} onChange={(e) => setText(e.currentTarget.value)} data-autofocus autoComplete="off" />}
          {fault !== undefined && <Fault error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{T.cancel}</Button>
            <Button type="submit" color="red" disabled={!ready} loading={busy}>{p.action}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
