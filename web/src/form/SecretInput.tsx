import { Button, Group, Input, Text } from '@mantine/core';
import { useState } from 'react';
import { T } from '../text';
import { MaskedInput } from './MaskedInput';
import type { ControlProps } from './ParamField';

interface Props extends ControlProps {
  stored: boolean; // the server holds a value
  changed: boolean;
  removable: boolean;
  cleared: boolean;
  onChange: (v: string | null | undefined) => void;
}

/** SecretInput never shows what is stored, and keeps what is typed out of attributes. */
export function SecretInput({ stored, changed, removable, cleared, onChange, ...control }: Props) {
  const [replacing, setReplacing] = useState(changed && !cleared);
  if (!stored || replacing) {
    return (
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <MaskedInput {...control} onChange={(v) => onChange(v || undefined)} />
        {stored && (
          <Button
            variant="default"
            onClick={() => {
              setReplacing(false);
              onChange(undefined);
            }}
          >
            {T.form.keep}
          </Button>
        )}
      </Group>
    );
  }
  return (
    <Input.Wrapper label={control.label} description={control.description} error={control.error} withAsterisk={control.withAsterisk} labelElement="div">
      <Group gap="xs" mt={6}>
        <Text size="sm" c="dimmed">{cleared ? T.form.willBeRemoved : T.form.stored}</Text>
        <Button id={control.id} size="xs" variant="default" disabled={control.disabled} aria-label={T.form.replaceOf(control.label)} onClick={() => (onChange(undefined), setReplacing(true))}>
          {T.form.replace}
        </Button>
        {removable && !cleared && <Button size="xs" variant="default" disabled={control.disabled} aria-label={T.form.removeOf(control.label)} onClick={() => onChange(null)}>{T.form.remove}</Button>}
        {cleared && <Button size="xs" variant="default" onClick={() => onChange(undefined)}>{T.form.keep}</Button>}
      </Group>
    </Input.Wrapper>
  );
}
