// compare.mjs A B: fails unless two builds hold the same files, compressed or not.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

function contents(dir) {
  const out = new Map();
  for (const name of readdirSync(dir, { recursive: true }).sort()) {
    const path = join(dir, name);
    if (!statSync(path).isFile()) continue;
    const raw = readFileSync(path);
    const open = name.endsWith('.br') ? brotliDecompressSync : name.endsWith('.gz') ? gunzipSync : (b) => b;
    out.set(name, open(raw));
  }
  return out;
}

const [a, b] = process.argv.slice(2).map(contents);
const names = new Set([...a.keys(), ...b.keys()]);
const different = [...names].filter((n) => !a.get(n) || !b.get(n) || !a.get(n).equals(b.get(n)));
if (different.length > 0) {
  console.error(`the built console is not what its sources give:\n  ${different.join('\n  ')}`);
  process.exit(1);
}
console.log(`the built console is current: ${names.size} files`);
