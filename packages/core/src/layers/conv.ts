import { initializers, layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { applyLayer, type LayerIdentity } from './graph.js';
import type { Named } from './merge.js';
import { type Block, channelsOf } from './sym.js';

/** How a kernel is initialised: corrected he-normal by fan-in or fan-out, Glorot (Xavier) uniform or normal, or zeros. */
export type KernelInit = 'heNormal' | 'heNormalFanOut' | 'glorotUniform' | 'glorotNormal' | 'zeros';

type Initializer = ReturnType<typeof initializers.zeros>;

/** Standard deviation of a unit normal cut at ±2. */
const TRUNCATED_STD = 0.87962566103423978;

/**
 * The TF.js initialiser of a name, seeded by the layer's path.
 *
 * `heNormal` is a normal distribution cut at two standard deviations with variance `2 / fanIn` *after* the cut
 * (He et al. 2015, arXiv:1502.01852), as TensorFlow draws it. TF.js' own `heNormal` omits the correction and comes out
 * 12 % too small (quirk Q35 of the benchmark specification). `heNormalFanOut` has the variance `2 / fanOut`, which keeps
 * that of gradients; EfficientNets start so. `glorotNormal`, cut in the same way, has the variance `2 / (fanIn + fanOut)`
 * (Glorot & Bengio 2010).
 *
 * @param init which distribution
 * @param fanIn inputs of one output unit: `kh·kw·in` of a convolution, `kh·kw` of a depthwise one, `in` of a dense layer
 * @param identity gives the seed
 * @param fanOut outputs that one input has a part in: `kh·kw·out`, `kh·kw`, or `out`; default `fanIn`
 */
export function kernelInitializer(
  init: KernelInit,
  fanIn: number,
  identity: LayerIdentity,
  fanOut: number = fanIn,
): Initializer {
  const seed = identity.seed(0);
  switch (init) {
    case 'heNormal':
      return truncatedNormal(2 / fanIn, seed);
    case 'heNormalFanOut':
      return truncatedNormal(2 / fanOut, seed);
    case 'glorotUniform':
      return initializers.glorotUniform({ seed });
    case 'glorotNormal':
      return truncatedNormal(2 / (fanIn + fanOut), seed);
    case 'zeros':
      return initializers.zeros();
  }
}

/** A normal distribution cut at two standard deviations, of the given variance after the cut. */
function truncatedNormal(variance: number, seed: number | undefined): Initializer {
  return initializers.truncatedNormal({ stddev: Math.sqrt(variance) / TRUNCATED_STD, seed });
}

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends Named {
  /** Output channels, above 0. */
  readonly filters: number;
  /** Height and width of the kernel in pixels. */
  readonly kernelSize: number | readonly [number, number];
  /** Step in pixels, default 1. */
  readonly stride?: number;
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
 * 2-D convolution `[B, H, W, C] → [B, H', W', filters]`; weights `kernel` (HWIO) and, if asked, `bias`.
 *
 * @throws LulcError `invalid-argument` for a stride together with a dilation, which TF.js has not, and, when applied, for
 *   options out of range; `shape-mismatch` when the output would be empty
 */
export function conv2d(options: Conv2dOptions): Block<4> {
  const { filters, kernelSize, stride = 1, padding = 'same', dilation = 1, bias = false, init = 'heNormal' } = options;
  const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
  if (stride > 1 && dilation > 1) {
    throw new LulcError('invalid-argument', `a convolution has a stride or a dilation, got ${stride} and ${dilation}`, {
      where: { layer: options.name ?? 'conv' },
    });
  }
  return (x) =>
    applyLayer(options.name, 'conv', [x], (identity) =>
      layers.conv2d({
        name: identity.name,
        filters,
        kernelSize: [height, width],
        strides: stride,
        dilationRate: dilation,
        padding,
        useBias: bias,
        kernelInitializer: kernelInitializer(init, height * width * channelsOf(x), identity, height * width * filters),
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
