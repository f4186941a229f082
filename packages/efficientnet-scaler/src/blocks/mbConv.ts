import {
  type ActivationName,
  activation,
  type BatchNormOptions,
  type Block,
  batchNorm,
  channelsOf,
  conv2d,
  depthwiseConv2d,
  type GhostForm,
  ghostConv2d,
  type KernelInit,
  pipe,
  residual,
} from '@lulc/core';
import { padded, type StridePadding } from './padding.js';

/** What all blocks of one network share. */
export interface MBConvStyle {
  /** Batch-norm settings. */
  readonly norm: Omit<BatchNormOptions, 'name'>;
  /** How the kernels of convolutions start. */
  readonly init: KernelInit;
  /** How the kernels of depthwise convolutions start. */
  readonly depthwiseInit: KernelInit;
  /** Adds a bias to convolutions, which the batch norm behind them makes idle. */
  readonly bias: boolean;
  /** Expands by a convolution even where the inside of a block is as wide as its input. */
  readonly expandAlways: boolean;
  /** Zeros of convolutions with a stride. Default `'same'`. */
  readonly padding?: StridePadding;
  /** Replaces the 1×1 convolutions by ghost convolutions. */
  readonly ghost: GhostForm | 'none';
  /** Activations after the depthwise convolution: before and after attention. */
  readonly depthwiseActivations: readonly [before: ActivationName, after: ActivationName];
  /** Attention inside a block, by the channels of the block's input. */
  attention(inputChannels: number): Block<4>;
  /** What drops values at the end of the n-th residual branch of `total` blocks, n from 0. */
  drop(index: number, total: number): Block<4>;
}

/** What one block is. */
export interface MBConvOptions {
  /** Output channels. */
  readonly width: number;
  /** Height and width of the depthwise kernel. */
  readonly kernelSize: number;
  /** Step in pixels. */
  readonly stride: number;
  /** How many times wider the inside is than the input. */
  readonly expansion: number;
  /** Position of the block in the network, from 0. */
  readonly index: number;
  /** Blocks of the network. */
  readonly total: number;
}

/**
 * An inverted bottleneck (Sandler et al. 2018, arXiv:1801.04381): 1×1 convolution that widens (`expand`), depthwise
 * convolution (`depthwise`), attention, and a linear 1×1 convolution (`project`); plus its input where the shape stays.
 *
 * @param options sizes and position of the block
 * @param style what all blocks share; e.g. {@link squeezeGate} for attention and {@link growingDropPath} to drop
 * @returns a block `[B, H, W, C] → [B, H/stride, W/stride, width]` (rounded up)
 * @example
 * ```ts
 * import { eca, image, useEngine } from '@lulc/core';
 * import { growingDropPath, mbConv, type MBConvStyle } from '@lulc/efficientnet-scaler';
 *
 * const style: MBConvStyle = {
 *   norm: { momentum: 0.9 },
 *   init: 'heNormal',
 *   depthwiseInit: 'heNormal',
 *   bias: false,
 *   expandAlways: false,
 *   ghost: 'none',
 *   depthwiseActivations: ['swish', 'linear'],
 *   attention: () => eca(),
 *   drop: growingDropPath(0.2),
 * };
 * const block = mbConv({ width: 24, kernelSize: 3, stride: 2, expansion: 6, index: 0, total: 1 }, style);
 *
 * await useEngine('auto');
 * console.log(block(image({ shape: [60, 60, 16] })).shape); // [null, 30, 30, 24]
 * ```
 */
export function mbConv(options: MBConvOptions, style: MBConvStyle): Block<4> {
  return (x) => {
    const channels = channelsOf(x);
    const { width, kernelSize, stride, expansion } = options;
    const [before, after] = style.depthwiseActivations;
    const branch = pipe(
      expansion > 1 || style.expandAlways ? pointwise('expand', channels * expansion, 'swish', style) : pipe<4>(),
      padded('pad', kernelSize, stride, style.padding ?? 'same', (padding) =>
        depthwiseConv2d({
          name: 'depthwise',
          kernelSize,
          stride,
          padding,
          bias: style.bias,
          init: style.depthwiseInit,
        }),
      ),
      batchNorm({ name: 'depthwise_bn', ...style.norm }),
      activate('depthwise', before),
      style.attention(channels),
      activate('attention', after),
      pointwise('project', width, 'linear', style),
    );
    const keepsShape = stride === 1 && channels === width;
    return keepsShape ? residual(pipe(branch, style.drop(options.index, options.total)))(x) : branch(x);
  };
}

/**
 * 1×1 convolution, batch norm, activation. A ghost convolution whose halves are both normalised and activated stands for
 * all three; after any other, batch norm and activation follow as after a convolution.
 */
function pointwise(name: string, filters: number, after: ActivationName, style: MBConvStyle): Block<4> {
  const { ghost, norm, bias, init } = style;
  if (ghost === 'intended-activated') {
    return ghostConv2d({ name, filters, kernelSize: 1, init, form: ghost, activation: after, norm });
  }
  return pipe(
    ghost === 'none'
      ? conv2d({ name, filters, kernelSize: 1, bias, init })
      : ghostConv2d({ name, filters, kernelSize: 1, init, form: ghost, norm }),
    batchNorm({ name: `${name}_bn`, ...norm }),
    activate(name, after),
  );
}

function activate(name: string, after: ActivationName): Block<4> {
  return after === 'linear' ? pipe<4>() : activation(after, { name: `${name}_${after}` });
}
