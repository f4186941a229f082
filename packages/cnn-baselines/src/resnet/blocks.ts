import {
  type Block,
  batchNorm,
  channelsOf,
  conv2d,
  type KernelInit,
  maxPool,
  pipe,
  relu,
  repeat,
  residual,
  type Sym,
  scope,
  zeroPad,
} from '@lulc/core';
import type { ResNetShape } from './depths.js';

/** What all blocks of one network share. */
export interface ResNetStyle {
  /** Added to the variance in every batch norm. */
  readonly epsilon: number;
  /** Share of the old moving statistic that each training step keeps, Keras sense. Default 0.99. */
  readonly momentum?: number;
  /** Adds a bias to convolutions, which the batch norm behind them makes idle. Default true. */
  readonly bias?: boolean;
  /** How kernels start. Default `'glorotUniform'`. */
  readonly init?: KernelInit;
  /** Which convolution of a bottleneck has its stride: the first, 1×1 (default), or the second, 3×3. */
  readonly stridedConvolution?: 1 | 2;
  /** Spacing of the taps of 3×3 convolutions, in a stage that keeps its resolution. Default 1. */
  readonly dilation?: number;
  /** Where strided 3×3 convolutions put their zeros: TensorFlow's `'same'` (default), or on both sides alike. */
  readonly padding?: 'same' | 'symmetric';
}

/** Output channels of a block, by its width: the last convolution of a bottleneck is four times as wide. */
const expansions = { basic: 1, bottleneck: 4 } as const satisfies Record<ResNetShape['block'], number>;

/** First layers: 7×7/2 convolution to 64 channels with 3 pixels of zeros around, batch norm, ReLU, 3×3/2 maximum. */
export function stem(style: ResNetStyle): Block<4> {
  return scope(
    'stem',
    pipe(
      zeroPad({ name: 'pad', size: 3 }),
      convNorm('', { filters: 64, kernelSize: 7, stride: 2, padding: 'valid' }, style),
      relu({ name: 'relu' }),
      zeroPad({ name: 'poolPad', size: 1 }),
      maxPool({ name: 'pool', size: 3, stride: 2 }),
    ),
  );
}

/** Two 3×3 convolutions with batch norm, plus the input, ReLU; the stride is in the first. */
export function basicBlock(width: number, stride: number, style: ResNetStyle): Block<4> {
  return withShortcut(
    pipe(
      convNorm('1', { filters: width, kernelSize: 3, stride }, style),
      relu({ name: 'relu1' }),
      convNorm('2', { filters: width, kernelSize: 3 }, style),
    ),
    width * expansions.basic,
    stride,
    style,
  );
}

/**
 * 1×1, 3×3 and 1×1 convolutions with batch norm, plus the input, ReLU; the stride is in the first (spec 1.2) or, by style, in
 * the second.
 */
export function bottleneckBlock(width: number, stride: number, style: ResNetStyle): Block<4> {
  const channels = width * expansions.bottleneck;
  const [first, second] = style.stridedConvolution === 2 ? [1, stride] : [stride, 1];
  return withShortcut(
    pipe(
      convNorm('1', { filters: width, kernelSize: 1, stride: first }, style),
      relu({ name: 'relu1' }),
      convNorm('2', { filters: width, kernelSize: 3, stride: second }, style),
      relu({ name: 'relu2' }),
      convNorm('3', { filters: channels, kernelSize: 1 }, style),
    ),
    channels,
    stride,
    style,
  );
}

/** One stage: its first block has the stride, the others keep the resolution. */
export function stage(
  { block }: Pick<ResNetShape, 'block'>,
  width: number,
  stride: number,
  blocks: number,
  style: ResNetStyle,
): Block<4> {
  const make = block === 'basic' ? basicBlock : bottleneckBlock;
  return repeat(blocks, (index) => scope(`block${index + 1}`, make(width, index === 0 ? stride : 1, style)));
}

/** `relu(branch(x) + shortcut(x))`; the shortcut is a projection only where the shape changes. */
function withShortcut(branch: Block<4>, channels: number, stride: number, style: ResNetStyle): Block<4> {
  return (x: Sym<4>) => {
    const changes = stride > 1 || channelsOf(x) !== channels;
    const projection = scope('skip', convNorm('', { filters: channels, kernelSize: 1, stride }, style));
    return pipe(residual(branch, changes ? { shortcut: projection } : {}), relu({ name: 'relu' }))(x);
  };
}

interface Convolution {
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding?: 'same' | 'valid';
}

/** A convolution and the batch norm behind it. */
function convNorm(suffix: string, options: Convolution, style: ResNetStyle): Block<4> {
  const { epsilon, momentum = 0.99, bias = true, init = 'glorotUniform', padding } = style;
  const { kernelSize, stride = 1 } = options;
  const dilation = kernelSize === 3 ? style.dilation : 1;
  const symmetric = padding === 'symmetric' && stride > 1 && kernelSize > 1 && options.padding === undefined;
  return pipe(
    symmetric ? zeroPad({ name: `pad${suffix}`, size: (kernelSize - 1) / 2 }) : pipe<4>(),
    conv2d({ name: `conv${suffix}`, bias, init, dilation, ...options, ...(symmetric ? { padding: 'valid' } : {}) }),
    batchNorm({ name: `bn${suffix}`, momentum, epsilon }),
  );
}
