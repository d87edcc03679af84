// Lists the packages that the built console contains, with their licences and the
// licences' texts. They are those of package-lock.json that are not only for development.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const list = Object.entries(lock.packages)
  .filter(([path, p]) => path !== '' && !p.dev && !p.optional)
  .map(([path, p]) => ({ path, name: path.replace(/^.*node_modules\//, ''), version: p.version, licence: p.license ?? 'unknown' }))
  .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));

const bad = list.filter((p) => !/^(\(?)(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|CC0-1\.0|MIT OR |Unlicense)/.test(p.licence));
if (bad.length > 0) {
  console.error('packages whose licence has not been thought about:', bad);
  process.exit(1);
}
writeFileSync('src/licences.json', `[\n${list.map(({ path: _, ...p }) => ` ${JSON.stringify(p)}`).join(',\n')}\n]\n`);

/** text gives a package's licence; some packages only name it. */
function text({ path, licence }) {
  const file = readdirSync(path).sort().find((n) => /^(licen[cs]e|copying)/i.test(n));
  return file ? readFileSync(`${path}/${file}`, 'utf8').trim().replaceAll('\r\n', '\n') : `${licence} (the package holds no text of it)`;
}

const line = '-'.repeat(72);
writeFileSync('public/third-party.txt', `Packages in the console of Fairlead, with their licences.\n\n${list.map((p) => `${line}\n${p.name} ${p.version}\n\n${text(p)}\n`).join('\n')}`);
