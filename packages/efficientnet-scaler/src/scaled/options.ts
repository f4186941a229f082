import {
  type AttentionName,
  attentionNames,
  type GhostForm,
  knownOption,
  type ModelOptions,
  requireShare,
} from '@lulc/core';
import { type EfficientNetShape, scaleEfficientNet } from '../blocks/stages.js';
import { type CompoundCoefficients, compoundScale } from '../scaling/compound.js';
import { benchmarkPresets, type EfficientNetSize, efficientNetSizes, type Orientation } from '../scaling/sizes.js';

/** Options of the backbone alone. */
export interface ScaledEfficientNetBackboneOptions extends Partial<CompoundCoefficients> {
  /** A named size, default `'B0'`; single coefficients given beside it win. */
  readonly preset?: EfficientNetSize;
  /**
   * Which factor of a preset scales what, default `'standard'`: depth and width as in EfficientNet. `'swapped'` is how the
   * benchmark's published configuration of the wide ResNet has them; which of the two its EfficientNets have is not known.
   */
  readonly orientation?: Orientation;
  /** Attention inside each block, default `'eca'`. */
  readonly attention?: AttentionName;
  /**
   * Ghost convolutions in place of the blocks' 1×1 convolutions, default `false`. `true` takes the variant's own form:
   * `'as-coded'` in `reference`, `'intended-activated'` (GhostNet's) in `corrected`.
   */
  readonly ghost?: boolean | GhostForm;
  /**
   * `'corrected'` (default): standard inverted bottlenecks, batch-norm momentum 0.9, scale starting at 1, drop-connect.
   * `'reference'`: the published code's behaviour, quirks Q1, Q2, Q9 and Q10, for its checkpoints.
   */
  readonly variant?: 'corrected' | 'reference';
  /**
   * Share dropped at the end of residual branches, [0, 1), default 0.1. `corrected` drops whole branches of a sample, with
   * a probability that grows from 0 to this; `reference` drops single values with this probability in every block.
   */
  readonly dropout?: number;
}

/**
 * Options of {@link scaledEfficientNet}; `inputSize` is at least 8 pixels, by default what the coefficients resolve to;
 * `headDropout` is 0.1 by default.
 */
export interface ScaledEfficientNetOptions extends ModelOptions, ScaledEfficientNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedScaledEfficientNet {
  /** The preset's name when the coefficients are a preset's, else `custom`. */
  readonly sizeName: EfficientNetSize | 'custom';
  /** Which factor of a preset scales what. */
  readonly orientation: Orientation;
  /** Coefficients after preset and overrides. */
  readonly coefficients: CompoundCoefficients;
  /** Channels and blocks; its `inputSize` is the network's. */
  readonly shape: EfficientNetShape;
  /** Attention inside each block. */
  readonly attention: AttentionName;
  /** Ghost convolutions in the blocks. */
  readonly ghost: GhostForm | 'none';
  /** Corrected or reference behaviour. */
  readonly variant: 'corrected' | 'reference';
  /** Share dropped at the end of residual branches. */
  readonly dropout: number;
  /** Readable name, e.g. `scaled-efficientnet-b0-eca-ghost`. */
  readonly name: string;
}

const ghostForms: readonly GhostForm[] = ['as-coded', 'intended', 'intended-activated'];

/**
 * Fills in defaults and resolves the scaling.
 *
 * @example
 * ```ts
 * import { resolveScaledEfficientNet } from '@lulc/efficientnet-scaler';
 *
 * const { name, shape } = resolveScaledEfficientNet({ preset: 'B2', attention: 'se' });
 * console.log(name, shape.inputSize, shape.top); // scaled-efficientnet-b2-se 70 1408
 * ```
 *
 * @throws LulcError `unknown-name` for an unknown preset, orientation, attention, ghost form or variant (with the nearest
 *   known one), `invalid-argument` for a number out of range
 */
export function resolveScaledEfficientNet(
  options: ScaledEfficientNetBackboneOptions & Pick<ScaledEfficientNetOptions, 'inputSize'> = {},
): ResolvedScaledEfficientNet {
  const preset = knownOption('preset', options.preset ?? 'B0', Object.keys(efficientNetSizes) as EfficientNetSize[]);
  const orientation = knownOption<Orientation>('orientation', options.orientation ?? 'standard', [
    'standard',
    'swapped',
  ]);
  const variant = knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  const attention = knownOption('attention', options.attention ?? 'eca', attentionNames);
  const ghost =
    typeof options.ghost === 'string'
      ? knownOption('ghost', options.ghost, ghostForms)
      : !options.ghost
        ? 'none'
        : variant === 'reference'
          ? 'as-coded'
          : 'intended-activated';
  const base = benchmarkPresets[orientation][preset];
  const coefficients: CompoundCoefficients = {
    alpha: options.alpha ?? base.alpha,
    beta: options.beta ?? base.beta,
    gamma: options.gamma ?? base.gamma,
    phi: options.phi ?? base.phi,
  };
  const scaled = scaleEfficientNet(compoundScale(coefficients));
  const { inputSize = scaled.inputSize, dropout = 0.1 } = options;
  requireShare({ dropout });
  const untouched = (['alpha', 'beta', 'gamma', 'phi'] as const).every((key) => coefficients[key] === base[key]);
  const sizeName = untouched ? preset : 'custom';
  const parts = [
    'scaled-efficientnet',
    sizeName.toLowerCase(),
    untouched && orientation === 'swapped' ? 'swapped' : '',
    attention === 'none' ? '' : attention,
    ghost === 'none' ? '' : 'ghost',
  ];
  return {
    sizeName,
    orientation,
    coefficients,
    shape: { ...scaled, inputSize },
    attention,
    ghost,
    variant,
    dropout,
    name: parts.filter((part) => part !== '').join('-'),
  };
}
