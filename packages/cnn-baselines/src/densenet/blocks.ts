import {
  averagePool,
  type Block,
  batchNorm,
  channelsOf,
  concatenate,
  conv2d,
  maxPool,
  pipe,
  relu,
  repeat,
  scope,
  zeroPad,
} from '@lulc/core';

/** What all blocks of one network share. */
export interface DenseNetStyle {
  /** Added to the variance in every batch norm. */
  readonly epsilon: number;
  /** Share of the old moving statistic that each training step keeps, Keras sense. Default 0.99. */
  readonly momentum?: number;
}

/** Channels that every block adds. */
const growth = 32;

/** Channels of a block's first convolution. */
const bottleneck = 4 * growth;

/** First layers: 7×7/2 convolution to 64 channels with 3 pixels of zeros around, batch norm, ReLU, 3×3/2 maximum. */
export function stem(style: DenseNetStyle): Block<4> {
  return scope(
    'stem',
    pipe(
      zeroPad({ name: 'pad', size: 3 }),
      conv2d({ name: 'conv', filters: 64, kernelSize: 7, stride: 2, padding: 'valid', init: 'glorotUniform' }),
      normRelu('', style),
      zeroPad({ name: 'poolPad', size: 1 }),
      maxPool({ name: 'pool', size: 3, stride: 2 }),
    ),
  );
}

/**
 * The input with 32 new channels behind it: batch norm and ReLU before each of a 1×1 convolution to 128 channels and a 3×3
 * convolution.
 */
export function denseBlock(style: DenseNetStyle): Block<4> {
  const grow = pipe(
    normRelu('1', style),
    conv2d({ name: 'conv1', filters: bottleneck, kernelSize: 1, init: 'glorotUniform' }),
    normRelu('2', style),
    conv2d({ name: 'conv2', filters: growth, kernelSize: 3, init: 'glorotUniform' }),
  );
  return (x) => concatenate([x, grow(x)], { name: 'concat' });
}

/** One stage: blocks one after the other, at one resolution. */
export function denseStage(blocks: number, style: DenseNetStyle): Block<4> {
  return repeat(blocks, (index) => scope(`block${index + 1}`, denseBlock(style)));
}

/** Between stages, behind their {@link normRelu}: a 1×1 convolution to half the channels, and the mean over 2×2 pixels. */
export function halve(): Block<4> {
  return (x) =>
    pipe(
      conv2d({ name: 'conv', filters: Math.floor(channelsOf(x) / 2), kernelSize: 1, init: 'glorotUniform' }),
      averagePool({ name: 'pool', size: 2 }),
    )(x);
}

/** A batch norm and the ReLU behind it. */
export function normRelu(suffix: string, { epsilon, momentum = 0.99 }: DenseNetStyle): Block<4> {
  return pipe(batchNorm({ name: `bn${suffix}`, momentum, epsilon }), relu({ name: `relu${suffix}` }));
}
