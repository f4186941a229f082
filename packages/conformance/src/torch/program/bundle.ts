import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Packages that a backend loads by itself when it is there. */
const external = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-backend-wasm'];

const enginePackage = createRequire(import.meta.url).resolve('@lulc/backend-torch/package.json');

/** Where bundles and results are kept, below `reports/`. */
export const programFolder = (name: string): string =>
  fileURLToPath(new URL(`../../../reports/${name}`, import.meta.url));

/**
 * Bundles a program with all that it imports, so that it runs in a process of its own, from sources, with one copy of
 * TensorFlow.js core.
 *
 * @param entry its file
 * @param outfile where to
 */
export async function bundleProgram(entry: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    // One of core's specs assigns to a variable that it did not declare: no module scope, no strict mode.
    format: 'cjs',
    tsconfigRaw: {},
    target: 'node20',
    conditions: ['@lulc/source'],
    mainFields: ['module', 'main'], // core's specs import its modules, so everything else must
    ignoreAnnotations: true, // core says that its specs have no side effects
    external,
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(enginePackage)) }, // where the engine looks for its files
    logLevel: 'error',
  });
}
