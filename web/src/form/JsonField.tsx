import { Input, Space } from '@mantine/core';
import { useState } from 'react';
import { T } from '../text';
import { JsonEditor } from './JsonEditor';
import type { ControlProps } from './ParamField';

/** JsonField takes any JSON value. Text that is no JSON yet is kept and marked. */
export default function JsonField({ value, onChange, ...control }: ControlProps & { value: unknown; onChange: (v: unknown) => void }) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [bad, setBad] = useState(false);
  const take = (t: string) => {
    setText(t);
    if (t.trim() === '') {
      setBad(false);
      onChange(undefined);
      return;
    }
    try {
      onChange(JSON.parse(t));
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <Input.Wrapper label={control.label} description={control.description} error={bad ? T.form.notJson : control.error} withAsterisk={control.withAsterisk} labelElement="div">
      <Space h={6} />
      <JsonEditor id={control.id} label={control.label} value={text} onChange={take} readOnly={control.disabled} placeholder={control.placeholder} />
    </Input.Wrapper>
  );
}
