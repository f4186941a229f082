import { knownOption } from '../errors/optionChecks.js';
import { leakyRelu, relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { dropout } from '../layers/dropout.js';
import type { KernelInit } from '../layers/kernelInit.js';
import { batchNorm, instanceNormalization } from '../layers/norm.js';
import { zeroPad } from '../layers/pad.js';
import { type Block, pairOf } from '../layers/sym.js';

/** Batch norms of a decoder. */
export interface DecoderNorm {
  /** Share of the old moving statistic kept in each training step, 0 … 1, Keras sense. Default 0.9. */
  readonly momentum?: number;
  /** Added to the variance, above 0. Default 1e-5. */
  readonly epsilon?: number;
}

/** What normalises the maps of a {@link convUnit}: batch norm, or instance norm, which has no moving statistics. */
export type UnitNorm = 'batch' | 'instance';

/** What follows the norm of a {@link convUnit}; the slope of a leaky ReLU is 0.01. */
export type UnitActivation = 'relu' | 'leaky-relu';

/** What the {@link convUnit}s of a network have in common. */
export interface ConvStyle extends DecoderNorm {
  /** Default `'batch'`. */
  readonly norm?: UnitNorm;
  /** Default `'relu'`. */
  readonly activation?: UnitActivation;
  /** Whether convolutions have a bias, which a norm takes away again. Default false. */
  readonly bias?: boolean;
  /** How kernels start, default `'heNormal'`. */
  readonly init?: UnitInit;
}

/** How kernels of a {@link convUnit} start: see `kernelInitializer`. */
export type UnitInit = Extract<KernelInit, 'heNormal' | 'kaimingNormal'>;

/** What a {@link convUnit} is. */
export interface ConvUnit extends ConvStyle {
  /** Output channels. */
  readonly filters: number;
  /** Height and width of the kernel, odd. */
  readonly kernelSize: number | readonly [number, number];
  /** Step in pixels, or `[vertical, horizontal]`; default 1. */
  readonly stride?: number | readonly [number, number];
  /** Where zeros surround the image: as in PyTorch on both sides alike (`'symmetric'`), or as TensorFlow has it (default). */
  readonly padding?: UnitPadding;
  /** Spacing of the taps, default 1. */
  readonly dilation?: number;
  /** Share dropped behind it in training, default 0: then there is no such layer. */
  readonly dropout?: number;
}

/** See {@link ConvUnit.padding}: they differ for even sides under a stride. */
export type UnitPadding = 'same' | 'symmetric';

/**
 * Fills in defaults.
 *
 * @throws LulcError `unknown-name` for a norm, activation or start that there is not
 */
export function resolveConvStyle({ momentum = 0.9, epsilon = 1e-5, ...style }: ConvStyle): Required<ConvStyle> {
  return {
    norm: knownOption('norm', style.norm ?? 'batch', ['batch', 'instance']),
    activation: knownOption('activation', style.activation ?? 'relu', ['relu', 'leaky-relu']),
    bias: style.bias ?? false,
    init: knownOption('init', style.init ?? 'heNormal', ['heNormal', 'kaimingNormal']),
    momentum,
    epsilon,
  };
}

/**
 * Convolution, norm, activation and perhaps dropout, in the current scope. Layer paths: `conv`; `bn` of a batch norm and
 * `norm` of an instance norm; `relu` or `leakyRelu`; `dropout`; and `pad` where zeros do not fit into the convolution.
 *
 * @param unit see {@link ConvUnit}
 * @throws LulcError `unknown-name` or `invalid-argument` for an option out of range
 * @example
 * ```ts
 * import { image, pipe, scope, useEngine } from '@lulc/core';
 * import { convUnit } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const style = { norm: 'instance', activation: 'leaky-relu', kernelSize: 3, padding: 'symmetric' } as const;
 * const stage = pipe(
 *   scope('unit1', convUnit({ ...style, filters: 8, stride: 2 })),
 *   scope('unit2', convUnit({ ...style, filters: 8 })),
 * );
 * console.log(stage(image({ shape: [32, 32, 4] })).shape); // [null, 16, 16, 8]
 * ```
 */
export function convUnit(unit: ConvUnit): Block<4> {
  const { filters, kernelSize, stride = 1, dilation, dropout: rate = 0, padding = 'same' } = unit;
  const { norm, activation, bias, init, momentum, epsilon } = resolveConvStyle(unit);
  const size = pairOf(kernelSize);
  const steps = pairOf(stride);
  const apart = padding === 'symmetric' && steps.some((step) => step > 1);
  return pipe(
    apart ? zeroPad({ name: 'pad', size: [(size[0] - 1) / 2, (size[1] - 1) / 2] }) : pipe<4>(),
    conv2d({
      name: 'conv',
      filters,
      kernelSize: size,
      stride: steps,
      padding: apart ? 'valid' : 'same',
      dilation,
      bias,
      init,
    }),
    norm === 'batch' ? batchNorm({ name: 'bn', momentum, epsilon }) : instanceNormalization({ name: 'norm', epsilon }),
    activation === 'relu' ? relu({ name: 'relu' }) : leakyRelu({ name: 'leakyRelu' }),
    rate === 0 ? pipe<4>() : dropout<4>(rate, { name: 'dropout' }),
  );
}
