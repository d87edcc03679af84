// Lists the packages that the built console contains, with their licences. They are
// those of package-lock.json that are not only for development.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const list = Object.entries(lock.packages)
  .filter(([path, p]) => path !== '' && !p.dev && !p.optional)
  .map(([path, p]) => ({ name: path.replace(/^.*node_modules\//, ''), version: p.version, licence: p.license ?? 'unknown' }))
  .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));

const bad = list.filter((p) => !/^(\(?)(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|CC0-1\.0|MIT OR |Unlicense)/.test(p.licence));
if (bad.length > 0) {
  console.error('packages whose licence has not been thought about:', bad);
  process.exit(1);
}
writeFileSync('src/licences.json', `[\n${list.map((p) => ` ${JSON.stringify(p)}`).join(',\n')}\n]\n`);
