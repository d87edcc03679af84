import { Accordion, Box, Stack } from '@mantine/core';
import Form from '@rjsf/core/lib/components/Form.js';
import type { ErrorSchema, FieldTemplateProps, ObjectFieldTemplateProps, RJSFSchema, UiSchema } from '@rjsf/utils';
import { forwardRef, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { T } from '../text';
import { ParamField } from './ParamField';
import { type Data, given, type ObjectSchema, type Param, visible } from './schema';
import { validator } from './validate';

export interface FormHandle {
  /** check shows what is wrong, moves to the first of it, and tells whether all is well. */
  check: () => boolean;
}

export interface FormContext {
  kept: string[]; // secrets that the server holds
  data: Data;
  params: Record<string, Param>; // as declared; the library adds to what it hands on
  disabled?: boolean;
}

interface Props {
  id: string;
  schema: ObjectSchema;
  data: Data;
  onChange: (d: Data) => void;
  errors?: ErrorSchema<Data>;
  kept?: string[];
  disabled?: boolean;
  onSubmit?: () => void;
}

const Bare = ({ children }: FieldTemplateProps) => children;

/** SchemaForm asks for what a schema describes. */
export const SchemaForm = forwardRef<FormHandle, Props>(function SchemaForm(p, ref) {
  const inner = useRef<InstanceType<typeof Form>>(null);
  const [tried, setTried] = useState(false);
  const kept = p.kept ?? none;
  const schema = useMemo(() => visible(p.schema, p.data), [p.schema, p.data]);
  const ui = useMemo<UiSchema>(() => {
    const out: UiSchema = { 'ui:submitButtonOptions': { norender: true } };
    for (const id of Object.keys(p.schema.properties ?? {})) out[id] = { 'ui:field': 'param' };
    return out;
  }, [p.schema]);
  const check = useMemo(() => validator(kept), [kept]);
  useImperativeHandle(ref, () => ({
    check: () => {
      setTried(true);
      return inner.current?.validateForm() ?? true;
    },
  }));
  return (
    <Form
      ref={inner as never}
      id={p.id}
      idPrefix={p.id}
      schema={schema as RJSFSchema}
      uiSchema={ui}
      formData={p.data}
      formContext={{ kept, data: p.data, params: p.schema.properties ?? {}, disabled: p.disabled } satisfies FormContext}
      validator={check as never}
      fields={fields}
      templates={templates}
      extraErrors={p.errors as never}
      extraErrorsBlockSubmit={false}
      noHtml5Validate
      experimental_defaultFormStateBehavior={asGiven}
      showErrorList={false}
      liveValidate={tried ? 'onChange' : false}
      focusOnFirstError={(e) => document.getElementById(`${p.id}_${(e.property ?? '').replace(/^\./, '')}`)?.focus()}
      onError={() => undefined}
      onChange={(e) => p.onChange((e.formData ?? {}) as Data)}
      onSubmit={() => p.onSubmit?.()}
    />
  );
});

// Defaults are filled in before; a list must not begin with an empty value.
const asGiven = { arrayMinItems: { populate: 'never' }, emptyObjectFields: 'skipDefaults' } as const;

const none: string[] = [];
const fields = { param: ParamField } as never;

/** Groups: the first is open; others open by themselves when something in them is
 * required, given or wrong. */
function Groups(p: ObjectFieldTemplateProps) {
  const groups = new Map<string, typeof p.properties>();
  const params = (p.schema.properties ?? {}) as ObjectSchema['properties'] & object;
  for (const prop of p.properties) {
    const name = params[prop.name]?.['x-group'] ?? '';
    groups.set(name, [...(groups.get(name) ?? []), prop]);
  }
  const [first, ...more] = [...groups];
  const required = new Set(p.schema.required ?? []);
  const set = given(p.schema as ObjectSchema, (p.formData ?? {}) as Data);
  const wrong = (name: string) => !!(p.errorSchema as Record<string, { __errors?: string[] }> | undefined)?.[name]?.__errors?.length;
  const eager = (list: typeof p.properties) => list.some(({ name }) => (required.has(name) && params[name]?.default === undefined) || (set[name] !== undefined && JSON.stringify(set[name]) !== JSON.stringify(params[name]?.default)));
  const [open, setOpen] = useState(() => more.filter(([, list]) => eager(list)).map(([name]) => name));
  const shown = [...new Set([...open, ...more.filter(([, list]) => list.some((x) => wrong(x.name))).map(([name]) => name)])];
  return (
    <Stack gap="md">
      {first?.[1].map((x) => <Box key={x.name}>{x.content}</Box>)}
      {more.length > 0 && (
        <Accordion multiple variant="separated" value={shown} onChange={setOpen} order={3} keepMounted>
          {more.map(([name, list]) => (
            <Accordion.Item key={name} value={name}>
              <Accordion.Control>{name || T.form.other}</Accordion.Control>
              <Accordion.Panel>
                <Stack gap="md">{list.map((x) => <Box key={x.name}>{x.content}</Box>)}</Stack>
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
    </Stack>
  );
}

const templates = { FieldTemplate: Bare, ObjectFieldTemplate: Groups } as never;
