/**
 * `npm run quickstart`: installs and builds what is missing, then runs the project's main job on simulated data.
 * Arguments go on to `lulc quickstart`: `npm run quickstart -- --engine wasm`.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, quietly, requireNode, run } from './install.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

requireNode();
await ensureInstalled(root);
const nx = join(root, 'node_modules', '.bin', 'nx');
await quietly('building', root, process.execPath, nx, 'build', '@lulc/cli');
const lulc = join(root, 'packages', 'cli', 'dist', 'lulc.js');
const command = [process.execPath, lulc, 'quickstart', '--out', 'quickstart-output', ...process.argv.slice(2)];
const { status } = await run(root, command, 'inherit');
process.exit(status);
