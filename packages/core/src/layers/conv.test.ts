import type { Tensor } from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { conv2d, depthwiseConv2d, transposedConv2d } from './conv.js';
import { image } from './graph.js';
import type { Block } from './sym.js';

beforeAll(() => useEngine('cpu'));

function kernelOf(block: Block<4>, seed?: number): Float32Array {
  const x = image({ shape: [8, 8, 32], seed });
  const model = tfModel({ inputs: x, outputs: block(x) });
  const values = (model.getWeights()[0] as Tensor).dataSync() as Float32Array;
  model.dispose();
  return values;
}
const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

describe('he-normal', () => {
  it('has the variance 2 / fan-in after truncation', () => {
    const values = kernelOf(conv2d({ filters: 256, kernelSize: 3 }));
    const expected = Math.sqrt(2 / (9 * 32));
    // standard error of a standard deviation: below sigma / sqrt(2 n)
    expect(Math.abs(deviation(values) - expected)).toBeLessThan((4 * expected) / Math.sqrt(2 * values.length));
    const cut = (2 * expected) / 0.8796256610342398;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(cut * (1 + 1e-6));
  });
  it('has the variance 2 / fan-out where that is asked for', () => {
    for (const [block, fanOut] of [
      [conv2d({ filters: 256, kernelSize: 3, init: 'heNormalFanOut' }), 9 * 256],
      [depthwiseConv2d({ kernelSize: 7, init: 'heNormalFanOut' }), 49],
    ] as const) {
      const values = kernelOf(block);
      const expected = Math.sqrt(2 / fanOut);
      expect(Math.abs(deviation(values) - expected)).toBeLessThan((4 * expected) / Math.sqrt(2 * values.length));
    }
  });
  it('as Glorot has it has the mean of both fans', () => {
    const values = kernelOf(conv2d({ filters: 256, kernelSize: 3, init: 'glorotNormal' }));
    const expected = Math.sqrt(2 / (9 * (32 + 256)));
    expect(Math.abs(deviation(values) - expected)).toBeLessThan((4 * expected) / Math.sqrt(2 * values.length));
  });
  it("is PyTorch's for leaky ReLUs where that is asked for: an uncut normal", () => {
    for (const [block, fan] of [
      [conv2d({ filters: 256, kernelSize: 3, init: 'kaimingNormal' }), 9 * 32],
      [transposedConv2d({ filters: 256, stride: 2, init: 'kaimingNormalFanOut' }), 4 * 256],
    ] as const) {
      const values = kernelOf(block);
      const expected = Math.sqrt(2 / (1.0001 * fan));
      expect(Math.abs(deviation(values) - expected)).toBeLessThan((4 * expected) / Math.sqrt(2 * values.length));
      expect(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(3 * expected);
    }
  });
  it('takes the fan-in of a depthwise kernel per channel', () => {
    const values = kernelOf(depthwiseConv2d({ kernelSize: 7 }));
    const expected = Math.sqrt(2 / 49);
    expect(Math.abs(deviation(values) - expected)).toBeLessThan((4 * expected) / Math.sqrt(2 * values.length));
  });
});

describe('seeds', () => {
  const block = conv2d({ filters: 4, kernelSize: 3 });
  it('repeat the weights, and another seed or path changes them', () => {
    expect(kernelOf(block, 7)).toEqual(kernelOf(block, 7));
    expect(kernelOf(block, 7)).not.toEqual(kernelOf(block, 8));
    expect(kernelOf(conv2d({ name: 'other', filters: 4, kernelSize: 3 }), 7)).not.toEqual(kernelOf(block, 7));
    expect(kernelOf(block)).not.toEqual(kernelOf(block));
  });
});
