import { describe, expectTypeOf, it } from 'vitest';
import {
  activation,
  add,
  type Block,
  batchNorm,
  conv2d,
  dense,
  dropPath,
  eca,
  extractPatches,
  globalAveragePool,
  image,
  input,
  multiHeadAttention,
  parallel,
  pipe,
  relu,
  repeat,
  residual,
  type Sym,
  scope,
  swapTokens,
} from '../index.js';

const conv = conv2d({ filters: 8, kernelSize: 3 });
const attend = multiHeadAttention({ heads: 2, keyDim: 4 });

describe('compositions that fit', () => {
  it('pipe carries ranks from block to block', () => {
    expectTypeOf(pipe(conv, batchNorm(), relu(), conv, eca())).toEqualTypeOf<Block<4>>();
    expectTypeOf(pipe(conv, globalAveragePool())).toEqualTypeOf<Block<4, 2>>();
    expectTypeOf(pipe(conv, globalAveragePool(), dense({ units: 3 }))).toEqualTypeOf<Block<4, 2>>();
    expectTypeOf(pipe(dense<3>({ units: 8 }), activation<3>('gelu'))).toEqualTypeOf<Block<3>>();
    expectTypeOf(pipe(conv, extractPatches(4), residual(attend), swapTokens())).toEqualTypeOf<Block<4, 3>>();
  });
  it('scope, repeat and residual keep the rank', () => {
    expectTypeOf(scope('stage1', pipe(conv, dropPath(0.1)))(image({ shape: [8, 8, 3] }))).toEqualTypeOf<Sym<4>>();
    expectTypeOf(repeat(2, () => residual(conv))).toEqualTypeOf<Block<4>>();
    expectTypeOf(residual(conv, { shortcut: conv })).toEqualTypeOf<Block<4>>();
  });
  it('inputs have the rank of their shape', () => {
    expectTypeOf(image({ shape: [60, 60, 10] })).toEqualTypeOf<Sym<4>>();
    expectTypeOf(input<3>({ shape: [100, 64] })).toEqualTypeOf<Sym<3>>();
  });
});

describe('compositions that do not fit are compile errors', () => {
  it('a dense layer on a feature map', () => {
    // @ts-expect-error a dense layer takes features, not a map
    pipe(conv, dense({ units: 3 }));
  });
  it('attention on a feature map', () => {
    // @ts-expect-error attention takes tokens, which a map has to be cut into first
    pipe(conv, attend);
  });
  it('a convolution after pooling', () => {
    // @ts-expect-error the map is gone after global pooling
    pipe(conv, globalAveragePool(), conv);
  });
  it('a block on a tensor of another rank', () => {
    // @ts-expect-error tokens are no image
    conv(input<3>({ shape: [100, 64] }));
  });
  it('a residual around a block that changes the rank', () => {
    // @ts-expect-error the input cannot be added to pooled features without a shortcut
    residual(globalAveragePool());
  });
  it('a shortcut of another rank', () => {
    // @ts-expect-error the shortcut gives features, the block a map
    residual(conv, { shortcut: globalAveragePool() });
  });
  it('a repeat of a block that changes the rank', () => {
    // @ts-expect-error its output cannot be its input
    repeat(2, () => globalAveragePool());
  });
  it('a sum of different ranks', () => {
    const x = image({ shape: [8, 8, 3] });
    // @ts-expect-error a map and features
    add([x, globalAveragePool()(x)]);
    // @ts-expect-error branches of different ranks
    parallel(conv, globalAveragePool());
  });
  it('an image shape without channels', () => {
    // @ts-expect-error height, width and bands are needed
    image({ shape: [60, 60] });
  });
  it('a misspelt option', () => {
    // @ts-expect-error 'stride', not 'strides'
    conv2d({ filters: 8, kernelSize: 3, strides: 2 });
    // @ts-expect-error no such activation
    activation('mish');
  });
  it('a plain TF.js tensor where a typed one is needed', () => {
    // @ts-expect-error made by TF.js, its rank is not known
    conv({} as import('@tensorflow/tfjs-layers').SymbolicTensor);
  });
});
