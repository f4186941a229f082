import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onReference, onTorch, values } from '../testing/againstCpu.js';
import { waves } from '../testing/waves.js';

const tolerance = 1e-5;

interface Case {
  readonly shape: readonly number[];
  readonly filterSize: number | readonly number[];
  readonly strides: number | readonly number[];
  readonly pad: 'same' | 'valid' | number | readonly (readonly [number, number])[];
  readonly dimRoundingMode?: 'floor' | 'ceil' | 'round';
}

const planes: readonly Case[] = [
  { shape: [1, 6, 6, 1], filterSize: 2, strides: 2, pad: 'valid' },
  { shape: [4, 7, 6, 3], filterSize: 3, strides: 2, pad: 'same' },
  { shape: [2, 8, 8, 10], filterSize: 3, strides: 2, pad: 'same' },
  { shape: [2, 9, 7, 64], filterSize: [2, 3], strides: [1, 2], pad: 'same' },
  { shape: [1, 5, 5, 130], filterSize: 3, strides: 1, pad: 1 },
  { shape: [1, 7, 7, 2], filterSize: 2, strides: 2, pad: 0, dimRoundingMode: 'ceil' },
  {
    shape: [1, 6, 6, 2],
    filterSize: 3,
    strides: 2,
    pad: [
      [0, 0],
      [2, 1],
      [0, 2],
      [0, 0],
    ],
  },
  { shape: [1, 5, 4, 3], filterSize: 1, strides: 2, pad: 'same' },
  { shape: [1, 5, 4, 3], filterSize: 1, strides: 1, pad: 'same' },
  { shape: [3, 4, 4, 2], filterSize: 4, strides: 4, pad: 'valid' },
  { shape: [0, 6, 6, 3], filterSize: 2, strides: 2, pad: 'valid' },
];

const volumes: readonly Case[] = [
  { shape: [2, 4, 5, 6, 3], filterSize: 2, strides: 2, pad: 'same' },
  { shape: [1, 5, 5, 5, 70], filterSize: 3, strides: [1, 2, 2], pad: 'same' },
  { shape: [2, 4, 6, 5, 2], filterSize: 2, strides: 1, pad: 'valid' },
  { shape: [1, 4, 4, 4, 2], filterSize: 3, strides: 2, pad: 1 },
  { shape: [0, 4, 4, 4, 2], filterSize: 2, strides: 2, pad: 'valid' },
];

const titled = (list: readonly Case[]): [string, Case][] => list.map((item) => [JSON.stringify(item), item]);

describe.skipIf(findAddon() === undefined)('pools', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  for (const name of ['MaxPool', 'AvgPool']) {
    for (const [suffix, list] of [
      ['', planes],
      ['3D', volumes],
    ] as const) {
      const kernel = `${name}${suffix}`;
      it.each(titled(list))(`${kernel} %s`, (_, { shape, ...attributes }) => {
        expectAsCpu(kernel, { x: waves(shape) }, attributes, tolerance);
      });
      it.each(titled(list))(`gradient of ${kernel} %s`, (_, { shape, ...attributes }) => {
        const input = waves(shape);
        const [output] = onReference(kernel, { x: input }, attributes);
        const dy = waves(output.shape, 2);
        const inputs =
          name === 'MaxPool' ? { dy, input, output: values(output.values, [...output.shape]) } : { dy, input };
        // The cpu backend's gradient of AvgPool knows no rounding mode.
        if (kernel === 'AvgPool' && attributes.dimRoundingMode) return;
        expectAsCpu(`${kernel}Grad`, inputs, attributes, tolerance);
      });
    }
  }

  it.each([false, true])('says where the largest are, across images: %s', (includeBatchInIndex) => {
    const attributes = { filterSize: 3, strides: 2, pad: 'same', includeBatchInIndex };
    expectAsCpu('MaxPoolWithArgmax', { x: waves([2, 7, 6, 3]) }, attributes);
  });

  it('gives the gradient of equal elements to one of them, as the cpu backend does', () => {
    const equal = (shape: number[]) => values(new Array(tf.util.sizeFromShape(shape)).fill(1), shape);
    const attributes = { filterSize: 2, strides: 2, pad: 'valid' };
    const plane = { dy: waves([1, 2, 2, 3]), input: equal([1, 4, 4, 3]), output: equal([1, 2, 2, 3]) };
    expectAsCpu('MaxPoolGrad', plane, attributes);
    const volume = { dy: waves([1, 2, 2, 2, 3]), input: equal([1, 4, 4, 4, 3]), output: equal([1, 2, 2, 2, 3]) };
    expectAsCpu('MaxPool3DGrad', volume, attributes);
  });

  it('passes over numbers that are none', () => {
    const x = values([Number.NaN, 1, 2, Number.NaN], [1, 2, 2, 1]);
    const attributes = { filterSize: 2, strides: 1, pad: 'same' };
    expectAsCpu('MaxPool', { x }, attributes);
    expectAsCpu('AvgPool', { x }, attributes);
    expectAsCpu('MaxPoolGrad', { dy: waves([1, 2, 2, 1]), input: x, output: x }, attributes);
  });

  it('keeps whole numbers whole', () => {
    const x = values([16777217, 16777216, -3, 7], [1, 2, 2, 1], 'int32');
    expectAsCpu('MaxPool', { x }, { filterSize: 2, strides: 1, pad: 'same' });
  });

  it('takes windows of different sizes over volumes', () => {
    const shape = [1, 3, 4, 5, 2];
    const input = waves(shape);
    const attributes = { filterSize: [1, 2, 3], strides: [1, 2, 3], pad: 'valid' };
    expectAsCpu('MaxPool3D', { x: input }, attributes);
    // Not against the cpu backend, which looks for the largest in the wrong places of such windows.
    const [{ values: y }] = onTorch('MaxPool3D', { x: input }, attributes);
    const dy = values(new Array(y.length).fill(1), [1, 3, 2, 1, 2]);
    const [{ values: dx }] = onTorch('MaxPool3DGrad', { dy, input, output: dy }, attributes);
    const kept = input.values.filter((_, i) => dx[i] !== 0);
    expect(kept.map(Math.fround).sort()).toEqual([...y].sort());
  });

  it('refuses a gradient of another shape', () => {
    const inputs = { dy: waves([1, 3, 2, 1]), input: waves([1, 4, 4, 1]), output: waves([1, 2, 2, 1]) };
    const attributes = { filterSize: 2, strides: 2, pad: 'valid' };
    expect(() => onTorch('MaxPoolGrad', inputs, attributes)).toThrow(/\[1, 2, 2, 1\]/);
    expect(() => onTorch('AvgPoolGrad', inputs, attributes)).toThrow(/\[1, 2, 2, 1\]/);
  });
});
