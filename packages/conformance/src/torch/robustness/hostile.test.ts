import { expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { bundleProgram, programFolder } from '../program/bundle.js';
import { runProgram } from '../program/run.js';

const torch = await loadTorch();

it.skipIf('missing' in torch)('refuses damaged commands and programs, and goes on', async () => {
  const bundle = `${programFolder('robustness')}/hostile.cjs`;
  await bundleProgram(new URL('./hostile.ts', import.meta.url), bundle);
  const { status, output, complaints } = await runProgram(bundle, ['1', '2']);
  expect({ status, last: output.trimEnd().split('\n').at(-1), complaints }).toMatchObject({ status: 0, last: 'done' });
});
