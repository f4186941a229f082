import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Packages that a backend loads by itself when it is there. */
const external = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-backend-wasm'];

const enginePackage = createRequire(import.meta.url).resolve('@lulc/backend-torch/package.json');

/**
 * Bundles the program of `entry.ts`.
 *
 * @param outfile where to
 */
export async function bundleSpecs(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./entry.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs', // one spec assigns to a variable that it did not declare: no module scope
    target: 'node20',
    conditions: ['@lulc/source'],
    mainFields: ['module', 'main'], // the specs import core's modules, so everything else must
    ignoreAnnotations: true, // core says that its specs have no side effects
    external,
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(enginePackage)) }, // where the engine looks for its files
    logLevel: 'error',
  });
}
