// Replaces text of the build by its compressed forms, which the program serves as
// they are. Node's zlib decides on the bytes, so compare.mjs compares what they unpack to.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dir = process.env.OUT_DIR ?? 'dist';
const text = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt']);

for (const name of readdirSync(dir, { recursive: true })) {
  const path = join(dir, name);
  if (!statSync(path).isFile() || !text.has(extname(path))) continue;
  const raw = readFileSync(path);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } };
  writeFileSync(`${path}.br`, brotliCompressSync(raw, options));
  writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
  rmSync(path);
}
