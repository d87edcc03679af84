import { Validator } from '@cfworker/json-schema';
import { type ErrorSchema, type RJSFSchema, type RJSFValidationError, toErrorSchema, type ValidatorType } from '@rjsf/utils';
import { T } from '../text';
import { type Data, isVisible, kindOf, type ObjectSchema, type Param, visible } from './schema';

export interface Trouble {
  field: string;
  message: string;
}

/** sound tells whether a value keeps to a schema. It interprets the schema, because
 * the pages' policy allows no code to be made at run time. */
function sound(schema: Param, value: unknown) {
  try {
    return new Validator(schema as never, '2020-12', true).validate(value);
  } catch {
    return { valid: true, errors: [] }; // a pattern that this engine lacks: the server checks it
  }
}

function say(p: Param, keyword: string): string {
  const w = T.form.wrong;
  switch (keyword) {
    case 'minLength':
      return w.minLength(p.minLength ?? 0);
    case 'maxLength':
      return w.maxLength(p.maxLength ?? 0);
    case 'minimum':
    case 'maximum':
      return w.range(p.minimum, p.maximum);
    case 'minItems':
      return w.minItems(p.minItems ?? 0);
    case 'maxItems':
      return w.maxItems(p.maxItems ?? 0);
    case 'pattern':
      return w.pattern(p.examples?.[0]);
    case 'format':
      return w.format(p.format ?? '', p.examples?.[0]);
    case 'enum':
      return w.choice;
    case 'type':
      return w.type[kindOf(p)];
  }
  return w.other;
}

function troubleOf(p: Param, value: unknown): string | undefined {
  const result = sound(p, value);
  if (result.valid) return undefined;
  const deepest = result.errors[result.errors.length - 1];
  const place = deepest?.instanceLocation.replace(/^#\/?/, '') ?? '';
  if (place === '') return say(p, deepest?.keyword ?? '');
  const inner = /^\d+/.test(place) && p.items ? p.items : p;
  return T.form.wrong.at(/^\d+$/.test(place) ? String(Number(place) + 1) : place, say(inner, deepest?.keyword ?? ''));
}

/** troubles says what is wrong with a form, each at its field. kept are secrets that
 * the server has already. */
export function troubles(schema: ObjectSchema, data: Data, kept: string[] = []): Trouble[] {
  const now = visible(schema, data);
  const out: Trouble[] = [];
  for (const [field, p] of Object.entries(now.properties ?? {})) {
    const value = data[field];
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty) {
      if (now.required?.includes(field) && (value === null || !kept.includes(field))) out.push({ field, message: T.form.wrong.required(p.title ?? field) });
      continue;
    }
    const message = isVisible(p, data) ? troubleOf(p, value) : undefined;
    if (message) out.push({ field, message });
  }
  return out;
}

const asError = (t: Trouble): RJSFValidationError => ({ name: 'trouble', property: `.${t.field}`, message: t.message, stack: t.message });

/** validator makes the form library use troubles. */
export const validator = (kept: string[]): ValidatorType<Data> => ({
  validateFormData(data, schema) {
    const errors = troubles(schema as ObjectSchema, data ?? {}, kept).map(asError);
    return { errors, errorSchema: toErrorSchema<Data>(errors) };
  },
  isValid: (schema, data) => sound(schema as Param, data).valid,
  rawValidation: <R,>(schema: RJSFSchema, data?: Data) => ({ errors: sound(schema as Param, data).errors as R[] }),
});

/** located turns errors of the server into errors of fields; rest are those that belong to none. */
export function located(schema: ObjectSchema, errors: { location?: string; message: string; fix?: string }[]) {
  const fields: Record<string, { __errors: string[] }> = {};
  const rest: string[] = [];
  for (const e of errors) {
    const [field = '', index] = (e.location ?? '').replace(/^\/(settings|input)(?=\/)/, '').split('/').slice(1);
    const text = `${index !== undefined && /^\d+$/.test(index) ? `${Number(index) + 1}: ` : ''}${e.message}${e.fix ? ` ${e.fix}` : ''}`;
    if (field && schema.properties?.[field]) (fields[field] ??= { __errors: [] }).__errors.push(text);
    else rest.push(text);
  }
  return { fields: fields as unknown as ErrorSchema<Data>, rest };
}
