import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
// The bundler that tsup brings, so that the test uses what the packages are built with.
const esbuild = createRequire(createRequire(import.meta.url).resolve('tsup'))('esbuild');

/**
 * Bundles the test pages from the built packages, as a web application would.
 *
 * @returns {Promise<{ files: Map<string, Uint8Array>, sizes: { name: string, bytes: number, gzip: number, own: number }[] }>}
 *   files by name, and of each page its size, compressed size, and the bytes that come from the `@lulc` packages
 * @throws when a Node built-in would have to be bundled
 */
export async function bundlePages(pages) {
  const result = await esbuild.build({
    entryPoints: pages.map((page) => join(here, page)),
    outdir: '/',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // Optional peers that a page adds when it wants them.
    external: ['@tensorflow/tfjs-backend-webgl', '@tensorflow/tfjs-backend-webgpu'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const files = new Map(result.outputFiles.map(({ path, contents }) => [path.replace(/^.*[\\/]/, ''), contents]));
  const outputs = Object.entries(result.metafile.outputs);
  const sizes = outputs.map(([path, { bytes, inputs, imports }]) => {
    const name = path.replace(/^.*[\\/]/, '');
    const builtins = imports.filter(({ external, path: imported }) => external && !imported.startsWith('@tensorflow/'));
    if (builtins.length > 0) throw new Error(`${name} needs ${builtins.map((entry) => entry.path).join(', ')}`);
    const own = Object.entries(inputs).filter(([input]) => /(^|\/)packages\/[^/]+\/dist\//.test(input));
    return {
      name,
      bytes,
      gzip: gzipSync(files.get(name)).length,
      own: own.reduce((total, [, { bytesInOutput }]) => total + bytesInOutput, 0),
    };
  });
  return { files, sizes };
}
