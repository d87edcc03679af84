// Makes the page of the tests of the sources in editor.mjs: bundle.mjs FOLDER.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
await build({
  entryPoints: ['editor.mjs'], outfile: join(out, 'editor.js'), bundle: true, format: 'iife', logLevel: 'warning',
  loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'dataurl', '.svg': 'dataurl', '.png': 'dataurl' },
});
writeFileSync(join(out, 'index.html'), `<!doctype html>
<meta charset="utf-8">
<title>Modeler</title>
<link rel="stylesheet" href="editor.css">
<style>
  body { margin: 0; display: flex; height: 100vh; font-family: sans-serif; }
  #canvas { flex: 1; height: 100%; }
  #panel { width: 380px; height: 100%; overflow: auto; border-left: 1px solid #ccc; }
</style>
<div id="canvas"></div><div id="panel"></div>
<script src="editor.js"></script>
`);
