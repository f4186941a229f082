import { readCard } from '@lulc/core';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { countParameters } from './parameters.js';
import { plainCnn } from './plainCnn.js';

beforeAll(() => setBackend('cpu'));

const classes = ['a', 'b', 'c'];

it('has the weights of its closed form', () => {
  const bands = ['B02', 'B03', 'B04', 'B08'];
  const widths = [8, 16];
  const model = plainCnn({ bands, classes, task: 'single-label', widths, inputSize: 16 });
  const convolutions = widths.reduce(
    ({ sum, channels }, width) => ({ sum: sum + 9 * channels * width + 9 * width * width, channels: width }),
    { sum: 0, channels: bands.length },
  ).sum;
  const scales = widths.reduce((sum, width) => sum + 2 * 2 * width, 0);
  const head = 16 * classes.length + classes.length;
  expect(countParameters(model)).toEqual({
    trainable: convolutions + scales + head,
    total: convolutions + 2 * scales + head,
  });
  expect(model.inputs[0].shape).toEqual([null, 16, 16, 4]);
  expect(model.outputs[0].shape).toEqual([null, 3]);
  expect(model.layers.map(({ name }) => name)).toContain('stage2/conv1');
  expect(readCard(model)).toMatchObject({
    family: 'plain-cnn',
    configuration: { widths },
    task: 'single-label',
    classes,
    bands,
    inputSize: [16, 16],
  });
  model.dispose();
});

it('is about as large as WRN-B0 by default, and the same for the same seed', async () => {
  const make = () =>
    plainCnn({ bands: Array.from({ length: 10 }, (_, i) => `b${i}`), classes, task: 'multi-label', seed: 5 });
  const [first, second] = [make(), make()];
  expect(Math.abs(countParameters(first).trainable / 305_889 - 1)).toBeLessThan(0.1);
  const values = (model: typeof first) => model.getLayer('stage1/conv1').getWeights()[0].dataSync();
  expect(values(first)).toEqual(values(second));
  first.dispose();
  second.dispose();
});

it('refuses images that are too small for its stages', () => {
  expect(() => plainCnn({ bands: ['x'], classes, task: 'multi-label', inputSize: 4 })).toThrow(/empty/);
});
