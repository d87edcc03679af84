import { type Data, flag, kindOf, type ObjectSchema, secretIds } from '../form/schema';

interface Call {
  integration: string;
  command: string;
  connection: string;
  input: Data;
  dryRun: boolean;
}

/** quote makes one word of the shell. */
const quote = (s: string) => (/^[\w@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`);

const listText = (v: unknown[]) => v.map((e) => String(e).replaceAll(',', ',,')).join(',');

const hidden = 'SECRET';

function openInput(schema: ObjectSchema, input: Data): Data {
  const secret = secretIds(schema);
  return Object.fromEntries(Object.entries(input).map(([k, v]) => [k, secret.includes(k) ? hidden : v]));
}

export const asJSON = (schema: ObjectSchema, c: Call) => JSON.stringify(openInput(schema, c.input), null, 2);

/** asCLI is the command line that does the same. Secrets are read from files. */
export function asCLI(schema: ObjectSchema, c: Call): string {
  const words = ['fairlead', 'run', c.integration, c.command];
  if (c.connection) words.push('--connection', quote(c.connection));
  const secret = secretIds(schema);
  for (const [id, v] of Object.entries(c.input)) {
    const p = schema.properties?.[id];
    const name = `--${flag(id)}`;
    if (!p) continue;
    if (secret.includes(id)) words.push(`${name}-file`, `${flag(id)}.txt`);
    else if (p.default !== undefined && JSON.stringify(p.default) === JSON.stringify(v)) continue;
    else if (kindOf(p) === 'map') for (const [k, e] of Object.entries(v as Data)) words.push(name, quote(`${k}=${e}`));
    else if (['list', 'files', 'choices'].includes(kindOf(p))) words.push(name, quote(listText(v as unknown[])));
    else if (typeof v === 'boolean') words.push(`${name}=${v}`);
    else words.push(name, quote(typeof v === 'object' ? JSON.stringify(v) : String(v)));
  }
  if (c.dryRun) words.push('--dry-run');
  return [...words, '-o', 'json'].join(' ');
}

export function asCurl(schema: ObjectSchema, c: Call): string {
  const body = { ...(c.connection ? { connection: c.connection } : {}), input: openInput(schema, c.input), ...(c.dryRun ? { dryRun: true } : {}) };
  return [
    `curl -sS -X POST ${quote(`${window.location.origin}/api/v1/integrations/${c.integration}/commands/${c.command}/runs`)}`,
    `  -H "Authorization: Bearer $FAIRLEAD_TOKEN" -H 'Content-Type: application/json'`,
    `  -d ${quote(JSON.stringify(body))}`,
  ].join(' \\\n');
}
