import { bandNames, classNames, knownOption, LulcError, type ModelOptions, requireCount } from '@lulc/core';
import type { ConvStyle, UnetUpsampling, UnitPadding } from '@lulc/core/segmentation';
import type { PlannerVersion } from '../plan/plan.js';

/** Options of {@link plainConvEncoder}. */
export interface PlainConvOptions extends ConvStyle {
  /** Channels of the stages, finest first, at least one. Default 32, 64, 128, 256, 512 and 512. */
  readonly widths?: readonly number[];
  /** By how much each stage shrinks the map, `[vertical, horizontal]`. Default `[1, 1]` for the first, else `[2, 2]`. */
  readonly strides?: readonly (readonly [number, number])[];
  /** Height and width of each stage's kernels, odd. Default 3×3. */
  readonly kernels?: readonly (readonly [number, number])[];
  /** Where zeros surround the image: on both sides alike (`'symmetric'`, default; PyTorch), or as TensorFlow has it. */
  readonly padding?: UnitPadding;
}

/** All options of a {@link plainConvEncoder}, with defaults filled in. */
export type ResolvedPlainConv = Required<PlainConvOptions>;

/**
 * Fills in defaults: nnU-Net's instance norms (epsilon 1e-5), leaky ReLUs, biases and Kaiming-normal kernels. With batch
 * norms, which make them idle, biases are left out unless asked for.
 *
 * @throws LulcError `invalid-argument` or `unknown-name` for an option out of range, or lists of different lengths
 */
export function resolvePlainConv(options: PlainConvOptions = {}): ResolvedPlainConv {
  const { widths = [32, 64, 128, 256, 512, 512], norm = 'instance', momentum = 0.9, epsilon = 1e-5 } = options;
  const { bias = norm === 'instance' } = options;
  const { strides = widths.map((_, i): [number, number] => (i === 0 ? [1, 1] : [2, 2])) } = options;
  const { kernels = widths.map((): [number, number] => [3, 3]) } = options;
  for (const [option, list] of Object.entries({ strides, kernels })) {
    if (list.length !== widths.length || list.length === 0) {
      throw new LulcError('invalid-argument', `${widths.length} stages need as many ${option}, got ${list.length}`, {
        where: { option },
      });
    }
    requireCount(Object.fromEntries(list.flatMap((pair, i) => pair.map((side, k) => [`${option} ${i} ${k}`, side]))));
  }
  requireCount(Object.fromEntries(widths.map((width, i) => [`widths ${i}`, width])));
  if (kernels.flat().some((side) => side % 2 === 0)) {
    throw new LulcError('invalid-argument', 'kernels must have odd sides', { where: { option: 'kernels' } });
  }
  return {
    widths,
    strides,
    kernels,
    norm: knownOption('norm', norm, ['batch', 'instance']),
    activation: knownOption('activation', options.activation ?? 'leaky-relu', ['relu', 'leaky-relu']),
    bias,
    init: knownOption('init', options.init ?? 'kaimingNormal', ['heNormal', 'kaimingNormal']),
    padding: knownOption('padding', options.padding ?? 'symmetric', ['same', 'symmetric']),
    momentum,
    epsilon,
  };
}

/** Options of {@link plainConvUnet}. */
export interface PlainConvUnetOptions extends PlainConvOptions, Pick<ModelOptions, 'seed'> {
  /** Band names in channel order, or their number. Default 4: B02, B03, B04 and B08. */
  readonly bands?: NonNullable<ModelOptions['bands']>;
  /** Class names in output order, or their number. Default `clear` and `cloud`. */
  readonly classes?: NonNullable<ModelOptions['classes']>;
  /** Height and width of the input in pixels, a multiple of all strides together. Default 256. */
  readonly inputSize?: number | readonly [number, number];
  /** How the decoder goes up: by `'transposed'` convolutions (default) or `'bilinear'`. */
  readonly upsampling?: UnetUpsampling;
  /**
   * Whose biases: of nnU-Net v2 (default) transposed convolutions and heads have one, of `'v1'` they have none.
   */
  readonly version?: PlannerVersion;
}

/** What a {@link plainConvUnet} is made from, with all defaults filled in. */
export interface ResolvedPlainConvUnet {
  /** All options of the encoder. */
  readonly encoder: ResolvedPlainConv;
  /** How the decoder goes up. */
  readonly upsampling: UnetUpsampling;
  /** Whether transposed convolutions and heads have a bias. */
  readonly outputBias: boolean;
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in output order. */
  readonly classes: readonly string[];
  /** Height and width of the input in pixels. */
  readonly inputSize: readonly [number, number];
}

/**
 * Fills in defaults.
 *
 * @throws LulcError `invalid-argument` or `unknown-name` for an option out of range, or an input size that the strides do
 *   not divide
 */
export function resolvePlainConvUnet(options: PlainConvUnetOptions = {}): ResolvedPlainConvUnet {
  const { bands = ['B02', 'B03', 'B04', 'B08'], classes = ['clear', 'cloud'], inputSize = 256 } = options;
  const encoder = resolvePlainConv(options);
  const size = typeof inputSize === 'number' ? ([inputSize, inputSize] as const) : inputSize;
  requireCount({ 'inputSize 0': size[0], 'inputSize 1': size[1] });
  const divisor = [0, 1].map((axis) => encoder.strides.reduce((product, stride) => product * stride[axis], 1));
  if (size.some((side, axis) => side % divisor[axis] !== 0)) {
    throw new LulcError(
      'invalid-argument',
      `the strides need sides that ${divisor.join(' and ')} divide, got ${size}`,
      {
        where: { option: 'inputSize' },
      },
    );
  }
  const version = knownOption('version', options.version ?? 'v2', ['v1', 'v2']);
  return {
    encoder,
    upsampling: knownOption('upsampling', options.upsampling ?? 'transposed', ['bilinear', 'transposed']),
    outputBias: version === 'v2',
    bands: bandNames(bands),
    classes: classNames(classes),
    inputSize: size,
  };
}
