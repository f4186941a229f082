import { LulcError } from '../errors/lulcError.js';
import { knownOption, requireCount, requireShare } from '../errors/optionChecks.js';
import { pipe } from '../layers/compose.js';
import { transposedConv2d } from '../layers/conv.js';
import { scope } from '../layers/graph.js';
import { concatenate } from '../layers/merge.js';
import { bilinearResize } from '../layers/resize.js';
import type { Block, Sym } from '../layers/sym.js';
import { type ConvStyle, type ConvUnit, convUnit, resolveConvStyle } from './convUnit.js';
import type { Decoder } from './denseNetwork.js';
import { pyramidOf, sidesOf } from './pyramid.js';

/** Options of {@link unetDecoder}. */
export interface UnetOptions extends ConvStyle {
  /**
   * Channels of the decoder's levels, finest first: one for each of the backbone's resolutions but the coarsest, and one more
   * for that of the image if `resolution` adds it. Default 32, twice as many at each coarser level, and at most 256.
   */
  readonly widths?: readonly number[];
  /** The finest level: that of the backbone's finest map (`'finest'`, default), or the `'input'` image's. */
  readonly resolution?: UnetResolution;
  /**
   * How a map is made larger: `'bilinear'` (default; half-pixel centres), or by a `'transposed'` convolution that learns to,
   * for images whose sides the strides divide.
   */
  readonly upsampling?: UnetUpsampling;
  /** Whether transposed convolutions have a bias, default true. */
  readonly upsamplingBias?: boolean;
  /** Height and width of the kernels of each level, finest first; odd. Default 3×3 everywhere. */
  readonly kernels?: readonly (readonly [number, number])[];
  /** Share dropped behind the last convolution in training, [0, 1). Default 0. */
  readonly decodedDropout?: number;
}

/** See {@link UnetOptions.resolution}. */
export type UnetResolution = 'finest' | 'input';

/** See {@link UnetOptions.upsampling}. */
export type UnetUpsampling = 'bilinear' | 'transposed';

/** All options of a {@link unetDecoder}, with defaults filled in; `widths` and `kernels` follow from the backbone when not given. */
export type ResolvedUnet = Required<Omit<UnetOptions, 'widths' | 'kernels'>> & Pick<UnetOptions, 'widths' | 'kernels'>;

/**
 * Fills in defaults.
 *
 * @throws LulcError `unknown-name` or `invalid-argument` for an option out of range
 */
export function resolveUnet(options: UnetOptions = {}): ResolvedUnet {
  const { widths, kernels, upsamplingBias = true, decodedDropout = 0 } = options;
  const resolution = knownOption('resolution', options.resolution ?? 'finest', ['finest', 'input']);
  const upsampling = knownOption('upsampling', options.upsampling ?? 'bilinear', ['bilinear', 'transposed']);
  requireCount(Object.fromEntries((widths ?? []).map((width, i) => [`widths ${i}`, width])));
  requireShare({ decodedDropout });
  const lists = { ...(widths && { widths }), ...(kernels && { kernels }) };
  return { ...lists, resolution, upsampling, upsamplingBias, decodedDropout, ...resolveConvStyle(options) };
}

/** A resolution that the decoder comes through: its size, and the backbone's map of it. */
interface Level {
  readonly size: readonly [number, number];
  readonly skip?: Sym<4>;
}

/**
 * The decoder of a U-Net (Ronneberger et al. 2015, arXiv:1505.04597) on any backbone: from the deepest map up, each level
 * makes the map as large as the backbone's next finer one, joins the two, and has two 3×3 convolutions without bias, each
 * with batch norm and ReLU unless options say otherwise: nnU-Net has `norm: 'instance'`, `activation: 'leaky-relu'`,
 * `bias: true`, `upsampling: 'transposed'`, `init: 'kaimingNormal'` and the `widths` of its encoder. `encoded` is the
 * backbone's output, `decoded` the finest level. A backbone of one map needs `resolution: 'input'` for a level at all.
 *
 * Layer paths: `decoder/level1/unit1/conv` of the finest level, `decoder/level1/up` of a transposed convolution, …
 *
 * @param options all optional
 * @throws LulcError `unknown-name` or `invalid-argument` for an option out of range; when built, `invalid-argument` for
 *   another number of `widths` or `kernels` than levels, and `shape-mismatch` where a transposed convolution misses the finer map's size
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { denseNetwork, unetDecoder } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [50, 50, 4] });
 * const fine = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const output = conv2d({ filters: 16, kernelSize: 3, stride: 2 })(fine);
 * const backbone = { name: 'tiny', input, output, features: [feature(fine, 2), feature(output, 4)] };
 * const { decoded } = denseNetwork(backbone, unetDecoder({ widths: [8, 16], resolution: 'input' }));
 * console.log(decoded.shape); // [null, 50, 50, 8]
 * ```
 */
export function unetDecoder(options: UnetOptions = {}): Decoder {
  const resolved = resolveUnet(options);
  return {
    name: 'unet',
    build: (backbone) => {
      const { deepest, finer } = pyramidOf(backbone);
      const levels: Level[] = finer.map(({ tensor }) => ({ size: sidesOf(tensor), skip: tensor }));
      const input = sidesOf(backbone.input);
      const finest = sidesOf(finer[0]?.tensor ?? deepest);
      if (resolved.resolution === 'input' && `${finest}` !== `${input}`) levels.unshift({ size: input });
      const widths = perLevel('widths', levels.length, resolved.widths, (i) => Math.min(32 * 2 ** i, 256));
      const kernels = perLevel('kernels', levels.length, resolved.kernels, () => [3, 3] as const);
      const decoded = levels.reduceRight<Sym<4>>((x, level, i) => {
        const dropout = i === 0 ? resolved.decodedDropout : 0;
        const unit = { ...resolved, filters: widths[i], kernelSize: kernels[i], dropout };
        return scope(`decoder/level${i + 1}`, upTo(level, unit))(x);
      }, deepest);
      return { encoded: deepest, decoded };
    },
  };
}

function perLevel<T>(
  option: 'widths' | 'kernels',
  levels: number,
  given: readonly T[] | undefined,
  byDefault: (level: number) => T,
): readonly T[] {
  if (given === undefined) return Array.from({ length: levels }, (_, i) => byDefault(i));
  if (given.length !== levels) {
    throw new LulcError('invalid-argument', `this backbone needs ${levels} ${option}, got ${given.length}`, {
      where: { option },
      hint: 'One for each resolution, finest first, without that of the deepest map.',
    });
  }
  return given;
}

function upTo({ size, skip }: Level, unit: ResolvedUnet & ConvUnit & { readonly dropout: number }): Block<4> {
  const { dropout, ...first } = unit;
  return (x) => {
    const large = unit.upsampling === 'bilinear' ? bilinearResize(size, { name: 'up' })(x) : transposed(size, unit)(x);
    const joined = skip === undefined ? large : concatenate([large, skip], { name: 'concat' });
    return pipe(scope('unit1', convUnit(first)), scope('unit2', convUnit({ ...first, dropout })))(joined);
  };
}

/** A transposed convolution whose kernel is as large as its stride: every pixel becomes a patch. */
function transposed(size: readonly [number, number], unit: ResolvedUnet & ConvUnit): Block<4> {
  return (x) => {
    const [height, width] = sidesOf(x);
    const stride = [size[0] / height, size[1] / width] as const;
    if (!stride.every(Number.isInteger)) {
      throw new LulcError('shape-mismatch', `a map of ${height}×${width} pixels cannot be made ${size.join('×')}`, {
        where: { option: 'upsampling' },
        hint: "Take images whose sides the backbone's strides divide, or upsampling 'bilinear'.",
      });
    }
    return transposedConv2d({
      name: 'up',
      filters: unit.filters,
      stride,
      bias: unit.upsamplingBias,
      // PyTorch takes the second axis of a transposed kernel, its outputs, for the inputs.
      init: unit.init === 'kaimingNormal' ? 'kaimingNormalFanOut' : unit.init,
    })(x);
  };
}
