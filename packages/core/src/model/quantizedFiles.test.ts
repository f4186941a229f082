import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadTensors, saveGraphModel, saveModel, useEngine, weightArrays } from '../index.js';

let folder: string;
beforeAll(() => useEngine('cpu'));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-quantized-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model = () =>
  sequential({
    layers: [
      layers.dense({ name: 'wide', inputShape: [20], units: 30, biasInitializer: 'randomNormal' }),
      layers.dense({ name: 'narrow', units: 2 }),
    ],
  });
const net = { made: undefined as ReturnType<typeof model> | undefined };
beforeAll(() => {
  net.made = model();
});
afterAll(() => net.made?.dispose());

const onWarning = () => {};

describe('a model saved with kernels in fewer bits', () => {
  it.each([
    ['float16', 2 ** -11, 2 * 600],
    ['int8', 1 / 255, 600],
  ] as const)('has large kernels in %s, and the rest as it was', async (quantize, relative, bytes) => {
    const network = net.made as ReturnType<typeof model>;
    const { files } = await saveModel(network, folder, { quantize });
    expect(files[1].bytes).toBe(bytes + 4 * (30 + 60 + 2));
    const before = await weightArrays(network);
    const { tensors } = await loadTensors(folder, { onWarning });
    for (const [path, { data }] of before) {
      const range = 2 * Math.max(...Array.from(data, Math.abs));
      const off = Math.max(...Array.from(data, (value, i) => Math.abs(value - (tensors.get(path)?.data[i] as number))));
      if (path === 'wide/kernel') {
        expect(off).toBeGreaterThan(0);
        expect(off).toBeLessThanOrEqual(range * relative);
      } else expect(off).toBe(0);
    }
  });

  it.each([
    ['model.safetensors', { quantize: 'int8' }, 'quantize'],
    ['model.json', { precision: 'float16' }, 'precision'],
  ] as const)('%s refuses the option of the other layout', async (name, options, option) => {
    const saving = saveModel(net.made as ReturnType<typeof model>, join(folder, name), options);
    await expect(saving).rejects.toMatchObject({ code: 'invalid-argument', where: { option } });
  });
});

it('a graph model in the place of another leaves no weights of it', async () => {
  const network = net.made as ReturnType<typeof model>;
  await saveGraphModel(network, folder);
  const first = await readdir(folder);
  await saveGraphModel(network, folder, { quantize: 'int8' });
  const second = await readdir(folder);
  expect(second).toHaveLength(2);
  expect(second.filter((name) => first.includes(name))).toEqual(['model.json']);
  await expect(loadTensors(folder, { onWarning })).rejects.toMatchObject({
    code: 'unsupported-file',
    hint: expect.stringContaining('loadGraphModel'),
  });
});
