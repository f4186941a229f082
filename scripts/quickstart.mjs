/**
 * `npm run quickstart`: installs and builds what is missing, the torch engine too, then runs the project's main job on
 * simulated data. Arguments go on to `lulc quickstart`: `npm run quickstart -- --engine wasm`.
 *
 * LULC_NO_INSTALL=1  no engine is installed
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, interrupted, quietly, requireNode, run } from './install.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

requireNode();
await ensureInstalled(root);
const nx = join(root, 'node_modules', '.bin', 'nx');
await quietly('building', root, process.execPath, nx, 'build', '@lulc/cli');
if (wantsTorch(process.argv.slice(2), process.env)) {
  const torch = join(root, 'packages', 'backend-torch', 'bin', 'backend-torch.js');
  const { status } = await run(root, [process.execPath, torch, 'install', '--optional'], 'inherit');
  if (status === interrupted) process.exit(status);
}
const lulc = join(root, 'packages', 'cli', 'dist', 'lulc.js');
const command = [process.execPath, lulc, 'quickstart', '--out', 'quickstart-output', ...process.argv.slice(2)];
const { status } = await run(root, command, 'inherit');
process.exit(status);

/** Whether the torch engine would be used: no other one is asked for. */
function wantsTorch(args, { LULC_ENGINE, LULC_NO_INSTALL = '' }) {
  if (!['', '0'].includes(LULC_NO_INSTALL)) return false;
  const flag = args.findIndex((arg) => arg === '--engine' || arg.startsWith('--engine='));
  const asked = flag === -1 ? LULC_ENGINE : args[flag].includes('=') ? args[flag].split('=')[1] : args[flag + 1];
  return ['torch', 'auto', '', undefined].includes(asked) && !args.includes('--help');
}
