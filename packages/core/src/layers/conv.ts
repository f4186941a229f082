import { layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { DilatedConv2d } from './dilatedConvLayer.js';
import { applyLayer } from './graph.js';
import { type KernelInit, kernelInitializer } from './kernelInit.js';
import type { Named } from './merge.js';
import { type Block, channelsOf, pairOf } from './sym.js';

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends Named {
  /** Output channels, above 0. */
  readonly filters: number;
  /** Height and width of the kernel in pixels. */
  readonly kernelSize: number | readonly [number, number];
  /** Step in pixels, or `[vertical, horizontal]`; default 1. */
  readonly stride?: number | readonly [number, number];
  /** `'same'` (default; TensorFlow's, asymmetric for even remainders) or `'valid'`. */
  readonly padding?: 'same' | 'valid';
  /** Spacing of the taps, default 1. */
  readonly dilation?: number;
  /** Adds a bias per filter, default false (a batch norm usually follows). */
  readonly bias?: boolean;
  /** Default `'heNormal'`. */
  readonly init?: KernelInit;
}

/**
 * 2-D convolution `[B, H, W, C] → [B, H', W', filters]`; weights `kernel` (HWIO) and, if asked, `bias`. With a dilation it
 * is a {@link DilatedConv2d}, which unlike TF.js' own can be trained.
 *
 * @throws LulcError `invalid-argument` for a stride together with a dilation, which TF.js has not, and, when applied, for
 *   options out of range; `shape-mismatch` when the output would be empty
 */
export function conv2d(options: Conv2dOptions): Block<4> {
  const { filters, kernelSize, stride = 1, padding = 'same', dilation = 1, bias = false, init = 'heNormal' } = options;
  const [height, width] = pairOf(kernelSize);
  if (Math.max(...pairOf(stride)) > 1 && dilation > 1) {
    throw new LulcError('invalid-argument', `a convolution has a stride or a dilation, got ${stride} and ${dilation}`, {
      where: { layer: options.name ?? 'conv' },
    });
  }
  return (x) =>
    applyLayer(options.name, 'conv', [x], (identity) => {
      const { name } = identity;
      const common = { name, filters, kernelSize: [height, width] as [number, number], padding, useBias: bias };
      return dilation > 1
        ? new DilatedConv2d({ ...common, dilationRate: dilation, init, seed: identity.seed(0) })
        : layers.conv2d({
            ...common,
            strides: [...pairOf(stride)],
            kernelInitializer: kernelInitializer(
              init,
              height * width * channelsOf(x),
              identity,
              height * width * filters,
            ),
          });
    });
}

/** Options of {@link transposedConv2d}. */
export interface TransposedConv2dOptions extends Named {
  /** Output channels, above 0. */
  readonly filters: number;
  /**
   * How many times as large the image becomes, or `[vertically, horizontally]`; the kernel has as many pixels along each side.
   */
  readonly stride: number | readonly [number, number];
  /** Adds a bias per filter, default true. */
  readonly bias?: boolean;
  /** Default `'heNormal'` by the pixels that one output depends on: one. */
  readonly init?: KernelInit;
}

/**
 * Transposed convolution that makes a patch of `stride × stride` pixels of every pixel, `[B, H, W, C] → [B, stride · H,
 * stride · W, filters]`; weights `kernel` `[stride, stride, filters, C]` and, if asked, `bias`.
 *
 * @throws LulcError `invalid-argument`, when applied, for options out of range
 */
export function transposedConv2d(options: TransposedConv2dOptions): Block<4> {
  const { filters, stride, bias = true, init = 'heNormal' } = options;
  const [height, width] = pairOf(stride);
  return (x) =>
    applyLayer(options.name, 'transposedConv', [x], (identity) =>
      layers.conv2dTranspose({
        name: identity.name,
        filters,
        kernelSize: [height, width],
        strides: [height, width],
        padding: 'valid',
        useBias: bias,
        kernelInitializer: kernelInitializer(init, channelsOf(x), identity, height * width * filters),
      }),
    );
}

/** Options of {@link depthwiseConv2d}. */
export interface DepthwiseConv2dOptions extends Named {
  /** Height and width of the kernel in pixels. */
  readonly kernelSize: number;
  /** Step in pixels, default 1. */
  readonly stride?: number;
  /** `'same'` (default) or `'valid'`. */
  readonly padding?: 'same' | 'valid';
  /** Adds a bias per channel, default false. */
  readonly bias?: boolean;
  /** Default `'heNormal'` with fan-in `kernelSize²`; the published code has `'glorotUniform'` (quirk Q10). */
  readonly init?: KernelInit;
}

/**
 * Depthwise convolution, one kernel per channel, `[B, H, W, C] → [B, H', W', C]`; weights `depthwise_kernel` (HWC1) and,
 * if asked, `bias`.
 *
 * @throws LulcError when applied, as {@link conv2d} does
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): Block<4> {
  const { kernelSize, stride = 1, padding = 'same', bias = false, init = 'heNormal' } = options;
  return (x) =>
    applyLayer(options.name, 'depthwise', [x], (identity) =>
      layers.depthwiseConv2d({
        name: identity.name,
        kernelSize,
        strides: stride,
        padding,
        useBias: bias,
        depthwiseInitializer: kernelInitializer(init, kernelSize * kernelSize, identity),
      }),
    );
}

/** Options of {@link dense}. */
export interface DenseOptions extends Named {
  /** Output features, above 0. */
  readonly units: number;
  /** Adds a bias, default true. */
  readonly bias?: boolean;
  /** Default `'glorotUniform'`. */
  readonly init?: KernelInit;
}

/**
 * Fully connected layer on the last axis, `[B, C] → [B, units]` or `[B, N, C] → [B, N, units]`; weights `kernel`
 * `[in, units]` and `bias` (zeros at first).
 */
export function dense<R extends 2 | 3 = 2>(options: DenseOptions): Block<R> {
  const { units, bias = true, init = 'glorotUniform' } = options;
  return (x) =>
    applyLayer(options.name, 'dense', [x], (identity) =>
      layers.dense({
        name: identity.name,
        units,
        useBias: bias,
        kernelInitializer: kernelInitializer(init, channelsOf(x), identity, units),
      }),
    );
}
