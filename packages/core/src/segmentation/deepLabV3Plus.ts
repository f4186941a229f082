import type { Feature } from '../backbone/backbone.js';
import { requireAbove, requireCount, requireShare } from '../errors/optionChecks.js';
import { pipe } from '../layers/compose.js';
import { scope } from '../layers/graph.js';
import { concatenate } from '../layers/merge.js';
import { globalAveragePool } from '../layers/pool.js';
import { reshape } from '../layers/reshape.js';
import { bilinearResize } from '../layers/resize.js';
import { type Block, channelsOf, type Sym } from '../layers/sym.js';
import { convUnit, type DecoderNorm } from './convUnit.js';
import type { Decoder } from './denseNetwork.js';
import { pyramidOf, sidesOf } from './pyramid.js';

/** Options of {@link deepLabV3Plus}. */
export interface DeepLabOptions extends DecoderNorm {
  /** Spacing of the taps of the dilated 3×3 convolutions, one branch each, whole numbers above 0. Default 6, 12 and 18. */
  readonly rates?: readonly number[];
  /** Channels of each branch and of `encoded`, above 0. Default 256. */
  readonly width?: number;
  /** Channels of the low-level map in the decoder. Default 48 of 256, and in the same proportion of another `width`. */
  readonly lowLevelWidth?: number;
  /** Channels of `decoded`. Default `width`. */
  readonly decoderWidth?: number;
  /**
   * Stride of the low-level map: the coarsest one with at most this stride that is finer than the deepest, or the finest
   * there is. Default 4. A backbone of one map has none.
   */
  readonly lowLevelStride?: number;
  /** Share of `encoded` dropped in training, [0, 1). Default 0; GLCNet has 0.5. */
  readonly encodedDropout?: number;
  /** Shares dropped behind the decoder's two convolutions. Default 0 and 0; GLCNet has 0.5 and 0.1 in fine-tuning. */
  readonly decodedDropout?: readonly [number, number];
  /** Where bilinear resizing leaves pixels, see `bilinearResize`. Default true, as in GLCNet. */
  readonly alignCorners?: boolean;
}

/** All options of a {@link deepLabV3Plus}, with defaults filled in. */
export type ResolvedDeepLab = Required<DeepLabOptions>;

/**
 * Fills in defaults.
 *
 * @throws LulcError `invalid-argument` for a number out of range
 */
export function resolveDeepLab(options: DeepLabOptions = {}): ResolvedDeepLab {
  const { width = 256, rates = [6, 12, 18], lowLevelStride = 4, momentum = 0.9, epsilon = 1e-5 } = options;
  const { lowLevelWidth = Math.max(1, Math.round((width * 48) / 256)), decoderWidth = width } = options;
  const { encodedDropout = 0, decodedDropout = [0, 0], alignCorners = true } = options;
  requireCount({
    width,
    lowLevelWidth,
    decoderWidth,
    ...Object.fromEntries(rates.map((rate, i) => [`rates ${i}`, rate])),
  });
  requireAbove(0, { lowLevelStride });
  requireShare({ encodedDropout, 'decodedDropout 0': decodedDropout[0], 'decodedDropout 1': decodedDropout[1] });
  return {
    rates,
    width,
    lowLevelWidth,
    decoderWidth,
    lowLevelStride,
    encodedDropout,
    decodedDropout,
    alignCorners,
    momentum,
    epsilon,
  };
}

/**
 * The decoder of DeepLabv3+ (Chen et al. 2018, arXiv:1802.02611) with plain convolutions, as GLCNet has it: atrous spatial
 * pyramid pooling of the deepest map (a 1×1 convolution, a 3×3 convolution per rate, and the mean over the image), joined
 * and reduced by a 1×1 convolution to `encoded`; that resized to the low-level map, joined with it behind a 1×1 convolution,
 * and two 3×3 convolutions to `decoded`. All convolutions are without bias and followed by batch norm and ReLU.
 *
 * Works on every backbone of fixed input size. `encoded` has the size of the backbone's output, `decoded` that of the
 * low-level map. Layer paths: `context/branch1/conv` (1×1), `context/branch2/conv` …, `context/pool/conv`, `context/tail/conv`,
 * `decoder/low/conv`, `decoder/unit1/conv`, `decoder/unit2/conv`, each with `bn` and `relu` beside it.
 *
 * @param options all optional: the paper's sizes
 * @throws LulcError `invalid-argument` for a number out of range
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { deepLabV3Plus, denseNetwork } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [64, 64, 4] });
 * const fine = conv2d({ filters: 8, kernelSize: 3, stride: 4 })(input);
 * const output = conv2d({ filters: 16, kernelSize: 3, stride: 4 })(fine);
 * const backbone = { name: 'tiny', input, output, features: [feature(fine, 4), feature(output, 16)] };
 * const { encoded, decoded } = denseNetwork(backbone, deepLabV3Plus({ width: 32, rates: [1, 2] }));
 * console.log(encoded.shape, decoded.shape); // [null, 4, 4, 32] [null, 16, 16, 32]
 * ```
 */
export function deepLabV3Plus(options: DeepLabOptions = {}): Decoder {
  const resolved = resolveDeepLab(options);
  return {
    name: 'deeplabv3plus',
    build: (backbone) => {
      const { deepest, finer } = pyramidOf(backbone);
      const encoded = scope('context', context(resolved))(deepest);
      const decoded = scope('decoder', decoder(lowLevelOf(finer, resolved.lowLevelStride), resolved))(encoded);
      return { encoded, decoded };
    },
  };
}

/** The coarsest feature of at most a stride, or the finest there is. */
function lowLevelOf(finer: readonly Feature[], most: number): Sym<4> | undefined {
  const candidates = finer.filter(({ stride }) => stride <= most);
  return (candidates[candidates.length - 1] ?? finer[0])?.tensor;
}

function context({ rates, width, encodedDropout, alignCorners, ...norm }: ResolvedDeepLab): Block<4> {
  return (x) => {
    const unit = { ...norm, filters: width };
    const pool = scope(
      'pool',
      pipe(
        globalAveragePool({ name: 'mean' }),
        reshape<2, 4>([1, 1, channelsOf(x)], { name: 'pixel' }),
        convUnit({ ...unit, kernelSize: 1 }),
        bilinearResize(sidesOf(x), { name: 'resize', alignCorners }),
      ),
    );
    const branches = [
      scope('branch1', convUnit({ ...unit, kernelSize: 1 })),
      ...rates.map((dilation, i) => scope(`branch${i + 2}`, convUnit({ ...unit, kernelSize: 3, dilation }))),
      pool,
    ].map((branch) => branch(x));
    const joined = concatenate(branches as [Sym<4>, ...Sym<4>[]], { name: 'concat' });
    return scope('tail', convUnit({ ...unit, kernelSize: 1, dropout: encodedDropout }))(joined);
  };
}

function decoder(lowLevel: Sym<4> | undefined, options: ResolvedDeepLab): Block<4> {
  const { lowLevelWidth, decoderWidth, decodedDropout, alignCorners, ...norm } = options;
  return (encoded) => {
    const low = lowLevel && scope('low', convUnit({ ...norm, filters: lowLevelWidth, kernelSize: 1 }))(lowLevel);
    const large = low && bilinearResize(sidesOf(low), { name: 'resize', alignCorners })(encoded);
    const joined = large && low ? concatenate([large, low], { name: 'concat' }) : encoded;
    const unit = { ...norm, filters: decoderWidth, kernelSize: 3 } as const;
    return pipe(
      scope('unit1', convUnit({ ...unit, dropout: decodedDropout[0] })),
      scope('unit2', convUnit({ ...unit, dropout: decodedDropout[1] })),
    )(joined);
  };
}
