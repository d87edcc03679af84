import type { Integration, Schemas } from '../api/client';
import type { ObjectSchema, Param } from '../form/schema';

/** Rails are guardrails as the form has them: all effects ticked means no limit. */
export interface Rails {
  effects: string[];
  resources: Record<string, string[]>;
}

const all = ['read', 'write', 'delete'];

export function railsOf(g?: Schemas['Guardrails']): Rails {
  const resources = Object.fromEntries(Object.entries(g?.resources ?? {}).map(([k, v]) => [k, v ?? []]));
  return { effects: g?.effects?.length ? g.effects : all, resources };
}

export function railsToSend(r: Rails): Schemas['Guardrails'] {
  const resources = Object.fromEntries(Object.entries(r.resources).filter(([, v]) => v.length > 0));
  return {
    ...(r.effects.length < all.length ? { effects: r.effects } : {}),
    ...(Object.keys(resources).length ? { resources } : {}),
  };
}

/** kindsOf are the kinds of resources that commands of an integration name. */
export function kindsOf(i: Integration): string[] {
  const found = new Set<string>();
  const look = (p: Param) => {
    if (p['x-resource']) found.add(p['x-resource']);
    if (p.items) look(p.items);
    Object.values(p.properties ?? {}).forEach(look);
  };
  for (const c of i.commands ?? []) look(c.input as ObjectSchema);
  return [...found].sort();
}
