import {
  type AttentionName,
  attentionNames,
  type GhostForm,
  knownOption,
  type ModelOptions,
  requireShare,
} from '@lulc/core';
import {
  type DepthRule,
  scaleWrn,
  type WrnCoefficients,
  type WrnPreset,
  type WrnShape,
  wrnPresets,
} from '../scaling/scaling.js';

/** Options of the backbone alone. */
export interface WrnBackboneOptions extends Partial<WrnCoefficients> {
  /** A named size, default `'B0'`; single coefficients given beside it win. */
  readonly preset?: WrnPreset;
  /** How `alpha` acts, default `'published'`. */
  readonly depthRule?: DepthRule;
  /** Attention at the end of each residual branch, default `'eca'`. */
  readonly attention?: AttentionName;
  /**
   * Ghost convolutions in the blocks, default `false`. `true` takes the variant's own form: `'as-coded'` in `reference`,
   * `'intended-activated'` (GhostNet's) in `corrected`.
   */
  readonly ghost?: boolean | GhostForm;
  /**
   * `'corrected'` (default): batch-norm momentum 0.9, scale starting at 1, mean over the whole last map.
   * `'reference'`: the published code's behaviour, quirks Q1–Q3 and Q5–Q8, for its checkpoints.
   */
  readonly variant?: 'corrected' | 'reference';
  /** Share of values dropped in identity blocks, [0, 1), default 0.1. Networks with one block per stage have none (Q5). */
  readonly dropout?: number;
}

/** Options of {@link scaledWRN}; `inputSize` is at least 8 pixels, by default what the coefficients resolve to. */
export interface ScaledWRNOptions extends ModelOptions, WrnBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedWrn extends WrnShape {
  /** Coefficients after preset and overrides. */
  readonly coefficients: WrnCoefficients;
  /** The preset's name when the coefficients are a preset's, else `custom`. */
  readonly sizeName: WrnPreset | 'custom';
  /** How `alpha` acts. */
  readonly depthRule: DepthRule;
  /** Attention module. */
  readonly attention: AttentionName;
  /** Ghost form. */
  readonly ghost: GhostForm | 'none';
  /** Variant. */
  readonly variant: 'corrected' | 'reference';
  /** Dropout in identity blocks. */
  readonly dropout: number;
  /** Readable name, e.g. `wrn-b4-eca`. */
  readonly name: string;
}

const ghostForms: readonly GhostForm[] = ['as-coded', 'intended', 'intended-activated'];

/**
 * Fills in defaults and resolves the scaling.
 *
 * @example
 * ```ts
 * import { resolveWrn } from '@lulc/wrn-eca';
 *
 * const { name, widths, inputSize } = resolveWrn({ preset: 'B5', attention: 'se' });
 * console.log(name, widths, inputSize); // wrn-b5-se [72, 140, 280] 100
 * ```
 *
 * @throws LulcError `unknown-name` for an unknown preset, attention or ghost form (with the nearest known one),
 *   `invalid-argument` for a number out of range
 */
export function resolveWrn(options: WrnBackboneOptions & Pick<ScaledWRNOptions, 'inputSize'> = {}): ResolvedWrn {
  const preset = knownOption('preset', options.preset ?? 'B0', Object.keys(wrnPresets) as WrnPreset[]);
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
  const base = wrnPresets[preset];
  const coefficients: WrnCoefficients = {
    alpha: options.alpha ?? base.alpha,
    beta: options.beta ?? base.beta,
    gamma: options.gamma ?? base.gamma,
    phi: options.phi ?? base.phi,
  };
  const depthRule = knownOption<DepthRule>('depthRule', options.depthRule ?? 'published', ['published', 'once']);
  const shape = scaleWrn(coefficients, depthRule);
  const inputSize = options.inputSize ?? shape.inputSize;
  const dropout = options.dropout ?? 0.1;
  requireShare({ dropout });
  const untouched = (['alpha', 'beta', 'gamma', 'phi'] as const).every((key) => coefficients[key] === base[key]);
  const sizeName = untouched ? preset : 'custom';
  return {
    ...shape,
    inputSize,
    coefficients,
    sizeName,
    depthRule,
    attention,
    ghost,
    variant,
    dropout,
    name: ['wrn', sizeName.toLowerCase(), attention === 'none' ? '' : attention, ghost === 'none' ? '' : 'ghost']
      .filter((part) => part !== '')
      .join('-'),
  };
}
