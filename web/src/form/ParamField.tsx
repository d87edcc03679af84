import { MultiSelect, NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { FieldProps } from '@rjsf/utils';
import { lazy, Suspense } from 'react';
import { T } from '../text';
import { Loading } from '../ui/basics';
import { FilePicker } from './FilePicker';
import { ListInput, MapInput } from './lists';
import type { FormContext } from './SchemaForm';
import { type Data, kindOf, type Param } from './schema';
import { SecretInput } from './SecretInput';

const JsonField = lazy(() => import('./JsonField'));

/** What every control gets. */
export interface ControlProps {
  id: string;
  label: string;
  description?: React.ReactNode;
  placeholder?: string;
  error?: React.ReactNode;
  required?: boolean;
  withAsterisk?: boolean;
  disabled?: boolean;
}

const narrow = { wrapper: { maxWidth: 420 } };

function example(p: Param): string | undefined {
  const e = p.examples?.[0];
  if (e === undefined || p.default !== undefined) return undefined;
  return typeof e === 'string' ? e : JSON.stringify(e);
}

/** ParamField asks for one parameter. */
export function ParamField(props: FieldProps) {
  const ctx = props.registry.formContext as FormContext;
  const p = ctx.params[props.name] ?? (props.schema as Param);
  const change = (v: unknown) => props.onChange(v, props.fieldPathId.path);
  const label = p.title ?? props.name;
  const control: ControlProps = {
    id: props.fieldPathId.$id,
    label: p.deprecated ? T.form.deprecated(label) : label,
    description: p.description,
    placeholder: example(p),
    error: props.rawErrors?.length ? <>{props.rawErrors.map((e, i) => <span key={i} className="breaks">{e} </span>)}</> : undefined,
    withAsterisk: !!props.required,
    disabled: ctx.disabled,
  };
  return <Control {...{ p, control, change, ctx }} name={props.name} value={props.formData} />;
}

function Control({ p, name, control, value, change, ctx }: { p: Param; name: string; control: ControlProps; value: unknown; change: (v: unknown) => void; ctx: FormContext }) {
  switch (kindOf(p)) {
    case 'secret':
      return <SecretInput {...control} stored={ctx.kept.includes(name)} changed={value !== undefined} removable={!control.withAsterisk} cleared={value === null} onChange={change} />;
    case 'file':
    case 'files':
      return <FilePicker {...control} many={kindOf(p) === 'files'} value={value} source={sourceOf(ctx.data)} onChange={change} />;
    case 'choice':
      return <Choice {...control} p={p} value={value} change={change} />;
    case 'choices':
      return <MultiSelect {...control} data={(p.items?.enum ?? []).map(String)} value={(value as string[]) ?? []} onChange={change} clearable />;
    case 'boolean':
      return <Flag {...control} p={p} value={value} change={change} />;
    case 'integer':
    case 'number':
      return (
        <NumberInput {...control} value={(value as number) ?? ''} onChange={(v) => change(v === '' ? undefined : v)} allowDecimal={kindOf(p) === 'number'} min={p.minimum} max={p.maximum} clampBehavior="none" styles={narrow} />
      );
    case 'list':
      return <ListInput {...control} numbers={p.items?.type !== 'string'} value={value as unknown[]} onChange={change} />;
    case 'map':
      return <MapInput {...control} value={value as Record<string, unknown>} onChange={change} />;
    case 'json':
      return (
        <Suspense fallback={<Loading lines={3} />}>
          <JsonField {...control} value={value} onChange={change} />
        </Suspense>
      );
    case 'long':
      return <Textarea {...control} value={(value as string) ?? ''} onChange={(e) => change(e.currentTarget.value || undefined)} autosize minRows={1} maxRows={14} autoComplete="off" spellCheck={false} />;
  }
  return <TextInput {...control} value={(value as string) ?? ''} onChange={(e) => change(e.currentTarget.value || undefined)} autoComplete="off" spellCheck={false} />;
}

const sourceOf = (data: Data) => (typeof data.fileSource === 'string' ? data.fileSource : '');

function Choice({ p, value, change, ...control }: ControlProps & { p: Param; value: unknown; change: (v: unknown) => void }) {
  const data = (p.enum ?? []).map(String);
  const pick = (v: string | null) => change(v === null ? undefined : (p.enum ?? []).find((e) => String(e) === v));
  return <Select {...control} data={data} value={value === undefined ? null : String(value)} onChange={pick} clearable={!control.withAsterisk && p.default === undefined} allowDeselect={false} styles={narrow} />;
}

/** A yes or no with a default is a switch; without one, not saying is a third answer. */
function Flag({ p, value, change, ...control }: ControlProps & { p: Param; value: unknown; change: (v: unknown) => void }) {
  if (typeof p.default === 'boolean') {
    const { withAsterisk: _, placeholder: __, ...rest } = control;
    return <Switch {...rest} checked={value === true} onChange={(e) => change(e.currentTarget.checked)} />;
  }
  return (
    <Select {...control} data={[{ value: 'true', label: T.yes }, { value: 'false', label: T.no }]} value={value === undefined ? null : String(value)} onChange={(v) => change(v === null ? undefined : v === 'true')} clearable={!control.withAsterisk} allowDeselect={false} styles={narrow} />
  );
}
