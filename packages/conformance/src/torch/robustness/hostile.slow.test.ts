import { expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { bundleProgram, programFolder } from '../program/bundle.js';
import { runProgram } from '../program/run.js';

const torch = await loadTorch();

it.skipIf('missing' in torch).each([2, 3, 4, 5, 6])('refuses damaged commands and programs, seed %i', async (seed) => {
  const bundle = `${programFolder('robustness')}/hostile-slow.cjs`;
  await bundleProgram(new URL('./hostile.ts', import.meta.url), bundle);
  const { status, output, complaints } = await runProgram(bundle, [String(seed), '12']);
  const last = output.trimEnd().split('\n').at(-1);
  expect({ status, last }, complaints).toEqual({ status: 0, last: 'done' });
});
