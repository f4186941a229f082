import { layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Activation,
  activation,
  add,
  applyLayer,
  asSym,
  batchNorm,
  bicubicResize,
  conv2d,
  cropRows,
  dense,
  ghostConv2d,
  globalAveragePool,
  image,
  input,
  maxPool,
  ownScope,
  pipe,
  repeat,
  residual,
  scope,
  shared,
  useEngine,
} from '../index.js';
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

describe('ownScope', () => {
  it('numbers a block that is used again, in each scope anew', () => {
    const block = (name?: string) => ownScope(name, 'twin', pipe(conv('a'), conv('b')));
    const x = image({ shape: [8, 8, 3] });
    expect(paths(scope('stage', pipe(block(), block()))(pipe(block(), block())(x)))).toEqual([
      'image',
      'stage/twin/a',
      'stage/twin/b',
      'stage/twin2/a',
      'stage/twin2/b',
      'twin/a',
      'twin/b',
      'twin2/a',
      'twin2/b',
    ]);
    expect(() => pipe(block('same'), block('same'))(x)).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
  });
});

describe('graphs made elsewhere', () => {
  const kernel = (x: Sym) => x.sourceLayer.getWeights()[0].dataSync();
  it('a layer of TF.js between blocks keeps names unique and the seed', () => {
    const between = () => {
      const x = conv()(image({ shape: [8, 8, 3], seed: 1 }));
      return asSym(layers.reLU({ name: 'between' }).apply(x) as SymbolicTensor, 4);
    };
    const y = conv()(between());
    expect(paths(y)).toEqual(['between', 'conv', 'conv2', 'image']);
    expect(kernel(y)).toEqual(kernel(conv()(between())));
  });
  it('the outputs of a loaded model can be built on', () => {
    const foreign = sequential({ layers: [layers.dense({ inputShape: [4], units: 3, name: 'dense' })] });
    const y = dense({ units: 2 })(asSym(foreign.outputs[0], 2));
    expect(y.sourceLayer.name).toBe('dense2');
    expect(() => asSym(foreign.outputs[0], 4)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
  });
  it('separate graphs that meet become one', () => {
    const a = dense({ name: 'a', units: 3 })(input<2>({ shape: [4], name: 'left' }));
    const b = dense({ name: 'b', units: 3 })(input<2>({ shape: [5], name: 'right' }));
    const sum = add([a, b]);
    expect(() => dense({ name: 'b', units: 3 })(sum)).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
    expect(() => dense({ name: 'a', units: 3 })(b)).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
  });
  it('but not when both have a layer of one name', () => {
    const make = () => dense({ units: 3 })(input<2>({ shape: [4] }));
    expect(() => add([make(), make()])).toThrow(/both have a layer 'input'.*sharedWith/);
  });
});

describe('options that a layer cannot have', () => {
  const x = image({ shape: [8, 8, 4] });
  it.each<[string, () => unknown]>([
    ['no filters', () => conv2d({ filters: 0, kernelSize: 3 })(x)],
    ['half a filter', () => conv2d({ filters: 1.5, kernelSize: 3 })(x)],
    ['an even remainder of a kernel', () => conv2d({ filters: 4, kernelSize: 2.5 })(x)],
    ['a stride with a dilation', () => conv2d({ filters: 4, kernelSize: 3, stride: 2, dilation: 2 })],
    ['no units', () => pipe(globalAveragePool(), dense({ units: Number.NaN }))(x)],
    ['a window of no size', () => maxPool({ size: 0 })(x)],
    ['an odd ghost', () => ghostConv2d({ filters: 5, kernelSize: 3 })],
    ['half a repetition', () => repeat(1.5, () => conv())],
    ['a momentum above 1', () => batchNorm({ momentum: 2 })],
    ['no epsilon', () => batchNorm({ epsilon: 0 })],
    ['rows outside the image', () => cropRows(x, 6, 3)],
    ['rows of an open image', () => cropRows(image({ shape: [null, 8, 4] }), 0, 3)],
    ['a size of fractions', () => bicubicResize([8.5, 8])],
  ])('%s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
  it('an activation that does not exist', () => {
    expect(() => activation('gellu' as 'gelu')).toThrow(/no activation 'gellu'.*Did you mean 'gelu'/);
    expect(() => new Activation({ activation: 'sigmoid' as 'relu' })).toThrow(
      expect.objectContaining({ code: 'unknown-name' }),
    );
  });
  it('a layer of several outputs', () => {
    const two = model({ inputs: x, outputs: [conv('l')(x), conv('r')(x)], name: 'two' });
    expect(() => applyLayer(undefined, 'two', [image({ shape: [8, 8, 4] })], () => two)).toThrow(/gives 2 tensors/);
  });
});

it('a shared block that failed can be applied again', () => {
  const x = image({ shape: [8, 8, 3] });
  const block = shared((y: Sym<4>) => pipe(conv(), conv2d({ filters: 2, kernelSize: 5, padding: 'valid' }))(y));
  expect(() => block(image({ shape: [3, 3, 3], name: 'small', sharedWith: x }))).toThrow(
    expect.objectContaining({ code: 'shape-mismatch' }),
  );
  const [a, b] = [block(x), block(image({ shape: [8, 8, 3], name: 'other', sharedWith: x }))];
  expect(b.sourceLayer).toBe(a.sourceLayer);
});
