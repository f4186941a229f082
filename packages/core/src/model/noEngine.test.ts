import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { loadModel, loadTensors } from './loadModel.js';
import { writeSafetensors } from './safetensors.js';

const quiet = { onWarning: () => {} };

test('weights are read without an engine; a model asks for one', async () => {
  const file = new Uint8Array(readFileSync(new URL('./fixtures/python.safetensors', import.meta.url)));
  expect((await loadTensors(file, quiet)).tensors.has('stem/conv/kernel')).toBe(true);
  const topology = JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers: [] } });
  const error = await loadModel(writeSafetensors(new Map(), { topology }), quiet).catch((thrown: unknown) => thrown);
  expect(isLulcError(error, 'unavailable')).toBe(true);
  expect(String(error)).toMatch(/useEngine/);
});
