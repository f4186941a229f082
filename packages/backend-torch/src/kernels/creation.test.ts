import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onReference, onTorch, values } from '../testing/againstCpu.js';

describe.skipIf(findAddon() === undefined)('creation', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  it('Fill stores the value as the array of its type does', () => {
    for (const value of [0, 1, -1, 2.75, -2.75, 300, Number.NaN, Number.POSITIVE_INFINITY])
      for (const dtype of ['float32', 'int32', 'bool', undefined])
        for (const shape of [[], [3], [2, 0], [1, 2, 1, 1, 1, 2]]) expectAsCpu('Fill', {}, { shape, value, dtype });
    expect(tf.fill([2], 'a', 'string').dataSync()).toEqual(['a', 'a']);
  });

  it.each(['OnesLike', 'ZerosLike', 'Diag'])('%s', (kernel) => {
    for (const dtype of ['float32', 'int32', 'bool'] as const)
      for (const shape of [[], [4], [2, 2], [0], [2, 0]])
        expectAsCpu(kernel, { x: values([1, 0, 1, 1].slice(0, tf.util.sizeFromShape(shape)), shape, dtype) });
  });

  it('Range accumulates its step in the type of the result', () => {
    for (const [start, stop, step] of [
      [0, 5, 1],
      [0, 5, 2],
      [5, 0, 1],
      [5, 0, 2],
      [5, 0, -2],
      [0, 5, -1],
      [3, 3, 1],
      [0, 1, 0.1],
      [-1.5, 1.5, 0.4],
    ])
      for (const dtype of ['float32', 'int32']) expectAsCpu('Range', {}, { start, stop, step, dtype });
  });

  it('LinSpace', () => {
    for (const num of [1, 2, 10]) expectAsCpu('LinSpace', {}, { start: -1, stop: 2.5, num });
  });

  it('OneHot leaves positions out of range off', () => {
    const indices = values([0, 2, -1, 3, 1, 5], [2, 3], 'int32');
    for (const dtype of ['float32', 'int32', 'bool'])
      expectAsCpu('OneHot', { indices }, { depth: 4, onValue: 1, offValue: 0, dtype });
    expectAsCpu('OneHot', { indices }, { depth: 4, onValue: 2.5, offValue: -1, dtype: 'float32' });
    expectAsCpu('OneHot', { indices }, { depth: 0, onValue: 1, offValue: 0, dtype: 'float32' });
    expectAsCpu('OneHot', { indices: values([], [0], 'int32') }, { depth: 2, onValue: 1, offValue: 0, dtype: 'int32' });
  });

  it('BroadcastArgs', () => {
    const shape = (list: number[]) => values(list, undefined, 'int32');
    for (const [a, b] of [
      [
        [2, 1],
        [1, 3],
      ],
      [[], [4, 5]],
      [[5], [2, 3, 1]],
      [[], []],
    ])
      expectAsCpu('BroadcastArgs', { s0: shape(a), s1: shape(b) });
    expect(() => onTorch('BroadcastArgs', { s0: shape([2]), s1: shape([3]) })).toThrow(/must match/);
  });

  describe('Multinomial', () => {
    const probabilities = [0.1, 0.2, 0.3, 0.4];
    const draw = (seed: number, normalized: boolean) =>
      onTorch(
        'Multinomial',
        { logits: values(normalized ? probabilities : probabilities.map(Math.log), [1, 4]) },
        { numSamples: 4000, seed, normalized },
      )[0];

    it('draws with the given probabilities', () => {
      for (const normalized of [false, true]) {
        const { values: drawn, shape, dtype } = draw(7, normalized);
        expect([shape, dtype]).toEqual([[1, 4000], 'int32']);
        for (const [event, probability] of probabilities.entries()) {
          const share = drawn.filter((value) => value === event).length / drawn.length;
          // Six standard deviations.
          expect(Math.abs(share - probability)).toBeLessThan(6 * Math.sqrt((probability * (1 - probability)) / 4000));
        }
      }
    });

    it('depends on the seed only', () => {
      expect(draw(7, true)).toEqual(draw(7, true));
      expect(draw(0.25, true).values).not.toEqual(draw(0.5, true).values);
    });

    it('draws what is certain, in every row', () => {
      const logits = values([0, 1, 0, 0, 0, 1, 1, 0, 0], [3, 3]);
      const attributes = { numSamples: 5, seed: 3, normalized: true };
      expect(onTorch('Multinomial', { logits }, attributes)).toEqual(
        onReference('Multinomial', { logits }, attributes),
      );
    });
  });
});
