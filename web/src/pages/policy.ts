import type { Command } from '../api/client';

/** Actions of S3 that are about an account or a bucket, not about its objects. */
const ofAccount = new Set(['s3:ListAllMyBuckets']);
const assume = 'sts:AssumeRole';
const ofObjects = /^s3:(Abort|Get|Put|Delete|Restore|Bypass|List)(Object|MultipartUpload|Governance)/;

const resourceOf = (action: string, buckets: string[], role: string): string[] => {
  if (action === assume) return [role];
  if (ofAccount.has(action) || !action.startsWith('s3:')) return ['*'];
  const objects = ofObjects.test(action);
  return buckets.map((b) => `arn:aws:s3:::${b}${objects ? '/*' : ''}`);
};

/** isAWS tells whether permissions are IAM actions, from which a policy can be made. */
export const isAWS = (commands: Command[]) => commands.some((c) => c.permissions?.some((p) => /^[a-z0-9-]+:[A-Z]\w+$/.test(p.name)));

/** policy allows what the commands need and nothing else. */
export function policy(commands: Command[], buckets: string[], role: string): string {
  const names = buckets.length ? buckets : ['*'];
  const byResource = new Map<string, Set<string>>();
  for (const p of commands.flatMap((c) => c.permissions ?? [])) {
    if (p.name === assume && !role) continue; // only connections with a role need it
    const key = JSON.stringify(resourceOf(p.name, names, role));
    byResource.set(key, (byResource.get(key) ?? new Set()).add(p.name));
  }
  const statements = [...byResource].map(([resource, actions]) => {
    const list = JSON.parse(resource) as string[];
    return { Effect: 'Allow', Action: [...actions].sort(), Resource: list.length === 1 ? list[0] : list };
  });
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
}
