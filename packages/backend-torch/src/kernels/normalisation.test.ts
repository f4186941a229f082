import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onTorch, values } from '../testing/againstCpu.js';

const waves = (shape: number[], phase: number) =>
  values(
    Array.from({ length: shape.reduce((product, length) => product * length, 1) }, (_, i) => Math.sin(i * 1.7 + phase)),
    shape,
  );
const positive = (shape: number[], phase: number) => {
  const wave = waves(shape, phase);
  return { ...wave, values: wave.values.map((value) => 1.5 + value) };
};

describe.skipIf(findAddon() === undefined)('normalisation', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each([[[5]], [[1, 1, 1, 5]], [[3, 5]], [[2, 3, 3, 5]]])('FusedBatchNorm with parameters of shape %j', (shape) => {
    const x = waves([2, 3, 3, 5], 0);
    const mean = waves(shape, 1);
    const variance = positive(shape, 2);
    for (const offset of [undefined, waves(shape, 3)])
      for (const scale of [undefined, waves(shape, 4)])
        expectAsCpu('FusedBatchNorm', { x, mean, variance, offset, scale }, { varianceEpsilon: 1e-3 });
    expectAsCpu('FusedBatchNorm', { x, mean, variance }, {});
  });

  it('FusedBatchNorm of parameters of different lengths, of nothing, and of too many channels', () => {
    const x = waves([4, 6], 0);
    const mean = waves([1, 6], 1);
    expectAsCpu(
      'FusedBatchNorm',
      { x, mean, variance: positive([1, 1], 2), scale: waves([4, 6], 3) },
      { varianceEpsilon: 0.1 },
    );
    const nothing = { x: values([], [0, 6]), mean, variance: positive([1, 6], 1) };
    expectAsCpu('FusedBatchNorm', nothing, { varianceEpsilon: 0.1 });
    const wrong = { x, mean: waves([5], 0), variance: positive([5], 1) };
    expect(() => onTorch('FusedBatchNorm', wrong, { varianceEpsilon: 0.1 })).toThrow(/5 parameters/);
  });

  it.each([0, 1, 2, 5, 9])('LRN and its gradient with radius %d', (depthRadius) => {
    const x = waves([2, 2, 3, 7], 0);
    const attributes = { depthRadius, bias: 1.5, alpha: 0.7, beta: 0.6 };
    expectAsCpu('LRN', { x }, attributes);
    const [y] = onTorch('LRN', { x }, attributes);
    expectAsCpu('LRNGrad', { x, y: values(y.values, x.shape), dy: waves(x.shape, 2) }, attributes, 1e-5);
  });
});
