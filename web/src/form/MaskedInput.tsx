import { Button, FileButton, Group, Input, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { T } from '../text';
import { bytes, plural } from '../ui/format';
import type { ControlProps } from './ParamField';

interface Props extends ControlProps {
  fromFile?: boolean; // offers to take the content of a file
  'data-autofocus'?: boolean;
  onChange: (v: string) => void;
}

/** MaskedInput takes a secret: typed, pasted with its lines, or out of a file. It keeps it out of the page's markup. */
export function MaskedInput({ fromFile, onChange, ...control }: Props) {
  const w = T.masked;
  const [held, setHeld] = useState<string>(); // says what is held that was not typed
  const [fault, setFault] = useState<string>();
  const hold = (text: string, what: string) => {
    setFault(undefined);
    setHeld(what);
    onChange(text);
  };
  const take = async (file: File | null) => {
    if (!file) return;
    if (file.size > maxFile) return setFault(w.tooLarge);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
      hold(withoutEnd(text), w.ofFile(file.name, bytes(file.size)));
    } catch {
      setFault(w.noText);
    }
  };
  // A field of one line would join the lines of a key.
  const paste = (e: React.ClipboardEvent) => {
    const text = withoutEnd(e.clipboardData.getData('text/plain'));
    if (!text.includes('\n')) return;
    e.preventDefault();
    hold(text, w.ofLines(plural(text.split('\n').length, 'line')));
  };
  if (held !== undefined)
    return (
      <Input.Wrapper label={control.label} description={control.description} error={control.error} withAsterisk={control.withAsterisk} labelElement="div" flex={1}>
        <Group gap="xs" mt={6}>
          <Text size="sm" className="breaks" role="status">{held}</Text>
          <Button id={control.id} size="xs" variant="default" autoFocus aria-label={w.otherFor(control.label)} onClick={() => (setHeld(undefined), onChange(''))}>{w.other}</Button>
        </Group>
      </Input.Wrapper>
    );
  return (
    <Stack gap="xs" flex={1}>
      <PasswordInput
        {...control}
        error={fault ?? control.error}
        placeholder={undefined}
        // Not controlled: React would write the value into the page's markup.
        onChange={(e) => onChange(e.currentTarget.value)}
        onPaste={paste}
        autoComplete="new-password"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': T.form.showSecret(control.label), tabIndex: 0 }}
      />
      {fromFile && <div><FileButton onChange={(f) => void take(f)} inputProps={{ 'aria-label': w.file }}>{(b) => <Button {...b} size="xs" variant="default">{w.file}</Button>}</FileButton></div>}
    </Stack>
  );
}

const maxFile = 64 * 1024 + 2;

/** withoutEnd drops one line break at the end, which editors add. */
const withoutEnd = (s: string) => s.replace(/\r?\n$/, '');
