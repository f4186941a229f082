import { beforeAll, describe, expect, it } from 'vitest';
import { globalAveragePool, image, pipe, residual, scope, shared, useEngine } from '../index.js';
import { conv2d, dense } from './conv.js';
import { input } from './graph.js';
import type { Sym } from './sym.js';

const paths = (x: Sym): string[] => {
  const found = new Set<string>();
  const visit = (tensor: Sym): void => {
    if (found.has(tensor.sourceLayer.name)) return;
    found.add(tensor.sourceLayer.name);
    for (const before of tensor.sourceLayer.inboundNodes[tensor.nodeIndex]?.inputTensors ?? []) visit(before as Sym);
  };
  visit(x);
  return [...found].sort();
};
const conv = (name?: string) => conv2d({ name, filters: 4, kernelSize: 3 });

it('says to choose an engine before the first layer with weights', () => {
  expect(() => conv()(image({ shape: [8, 8, 3] }))).toThrow(/useEngine/);
});

describe('layer paths', () => {
  beforeAll(() => useEngine('cpu'));
  it('nest by scope and are numbered where no name is given', () => {
    const block = scope('stage1', pipe(scope('block1', pipe(conv('conv1'), conv(), conv())), conv()));
    expect(paths(block(image({ shape: [8, 8, 3] })))).toEqual([
      'image',
      'stage1/block1/conv',
      'stage1/block1/conv1',
      'stage1/block1/conv2',
      'stage1/conv',
    ]);
  });
  it('do not depend on other models of the process', () => {
    const build = () => paths(pipe(conv(), conv())(image({ shape: [8, 8, 3] })));
    expect(build()).toEqual(build());
  });
  it('are unique: a path used twice is an error', () => {
    expect(() => pipe(conv('conv1'), conv('conv1'))(image({ shape: [8, 8, 3] }))).toThrow(
      expect.objectContaining({ code: 'duplicate-name' }),
    );
  });
  it('must be readable: other characters are an error', () => {
    expect(() => conv('a b')(image({ shape: [8, 8, 3] }))).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('shape mistakes name the layer, what it got and what it needs', () => {
  const x = image({ shape: [8, 8, 3] });
  it('a shortcut with another stride', () => {
    expect(() =>
      residual(conv(), { shortcut: conv2d({ filters: 4, kernelSize: 1, stride: 2 }), name: 'sum' })(x),
    ).toThrow(/\[8,8,4\] and \[4,4,4\] \(layer: sum\)/);
  });
  it('a kernel larger than the image', () => {
    expect(() => conv2d({ name: 'big', filters: 4, kernelSize: 9, padding: 'valid' })(x)).toThrow(
      /would be empty.*layer: big.*\[8,8,3\]/,
    );
  });
  it('an impossible input', () => {
    expect(() => image({ shape: [8, 0, 3] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('shared', () => {
  it('makes its layers once', () => {
    const x = image({ shape: [8, 8, 3] });
    const perceptron = shared(pipe(dense({ units: 4 }), dense({ units: 2 })));
    const a = perceptron(globalAveragePool()(x));
    const b = perceptron(input<2>({ shape: [3], name: 'other', sharedWith: x }));
    expect(b.sourceLayer).toBe(a.sourceLayer);
    expect(b).not.toBe(a);
  });
});
