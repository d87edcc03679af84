/** What a JSON Schema of the server says about one parameter. */
export interface Param {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Param;
  properties?: Record<string, Param>;
  additionalProperties?: Param | boolean;
  deprecated?: boolean;
  'x-group'?: string;
  'x-when'?: { field: string; values: string[] };
  'x-secret'?: boolean;
  'x-resource'?: string;
  'x-aliases'?: string[];
  'x-items'?: boolean;
}

interface Rule {
  if: { properties: Record<string, { enum: unknown[] }> };
  then: { required: string[] };
}

export interface ObjectSchema extends Param {
  properties?: Record<string, Param>;
  required?: string[];
  allOf?: Rule[];
}

export type Data = Record<string, unknown>;

export type Kind = 'secret' | 'file' | 'files' | 'choice' | 'choices' | 'boolean' | 'integer' | 'number' | 'text' | 'long' | 'list' | 'map' | 'json';

/** A stored file's ID is the one thing that may be a number or text. */
const isFile = (p: Param) => Array.isArray(p.type) && p.type.includes('integer') && p.type.includes('string');

const typeOf = (p: Param): string => (Array.isArray(p.type) ? (p.type.find((t) => t !== 'null') ?? '') : (p.type ?? ''));

const isScalar = (p: Param | undefined) => !!p && ['string', 'integer', 'number'].includes(typeOf(p));

const longFrom = 1000;

/** kindOf says how a parameter is asked for. */
export function kindOf(p: Param): Kind {
  if (p['x-secret']) return typeOf(p) === 'string' || !p.type ? 'secret' : 'json';
  if (isFile(p)) return 'file';
  switch (typeOf(p)) {
    case 'boolean':
    case 'integer':
    case 'number':
      return p.enum ? 'choice' : (typeOf(p) as Kind);
    case 'string':
      if (p.enum) return 'choice';
      return p['x-resource'] || p.format || p.pattern || (p.maxLength ?? Infinity) <= longFrom ? 'text' : 'long';
    case 'array':
      if (p.items && isFile(p.items)) return 'files';
      if (p.items?.enum) return 'choices';
      return isScalar(p.items) ? 'list' : 'json';
    case 'object':
      return p.properties ? 'json' : isScalar(p.additionalProperties as Param) ? 'map' : 'json';
  }
  return 'json';
}

export function isVisible(p: Param, data: Data): boolean {
  const when = p['x-when'];
  return !when || when.values.includes(String(data[when.field] ?? ''));
}

/** visible is the schema of what applies to the data: other parameters are gone,
 * and what is required under a condition that holds is required. */
export function visible(schema: ObjectSchema, data: Data): ObjectSchema {
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([, p]) => isVisible(p, data)));
  const required = new Set(schema.required ?? []);
  for (const rule of schema.allOf ?? []) {
    const holds = Object.entries(rule.if.properties).every(([field, cond]) => cond.enum.includes(data[field] as never));
    if (holds) rule.then.required.forEach((r) => required.add(r));
  }
  return { type: 'object', properties, required: [...required].filter((r) => r in properties) };
}

export function defaults(schema: ObjectSchema): Data {
  const out: Data = {};
  for (const [id, p] of Object.entries(schema.properties ?? {})) if (p.default !== undefined) out[id] = p.default;
  return out;
}

const isEmpty = (v: unknown) => v === undefined || v === '' || (Array.isArray(v) && v.length === 0);

/** given drops what does not apply and what was left empty. */
export function given(schema: ObjectSchema, data: Data): Data {
  const properties = schema.properties ?? {};
  return Object.fromEntries(Object.entries(data).filter(([id, v]) => properties[id] && isVisible(properties[id], data) && !isEmpty(v)));
}

export const secretIds = (schema: ObjectSchema) => Object.entries(schema.properties ?? {}).filter(([, p]) => hasSecret(p)).map(([id]) => id);

const hasSecret = (p: Param): boolean =>
  !!p['x-secret'] || (!!p.items && hasSecret(p.items)) || Object.values(p.properties ?? {}).some(hasSecret) || (typeof p.additionalProperties === 'object' && hasSecret(p.additionalProperties));

/** withoutSecrets is what may be kept by the browser. */
export function withoutSecrets(schema: ObjectSchema, data: Data): Data {
  const secret = new Set(secretIds(schema));
  return Object.fromEntries(Object.entries(data).filter(([id]) => !secret.has(id)));
}

/** flag is the name that the command line has for a parameter. */
export const flag = (id: string) => id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
