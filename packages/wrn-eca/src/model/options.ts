import {
  type AttentionName,
  attentionNames,
  type ClassificationTask,
  type GhostForm,
  LulcError,
  unknownName,
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

/** Options of the network without its channels and classes. */
export interface WrnOptions extends WrnBackboneOptions {
  /** Height and width of the input in pixels, at least 8; default what the coefficients resolve to. */
  readonly inputSize?: number;
}

/** Options of {@link scaledWRN}. */
export interface ScaledWRNOptions extends WrnOptions {
  /**
   * Band names in channel order, or their number: 10 (default) are Sentinel-2's at 10 and 20 m (B02, B03, B04, B08, B05,
   * B06, B07, B8A, B11, B12), 12 these with VV and VH, 2 only VV and VH, 3 the visible B04, B03, B02; of another number
   * they are called `band 1`, `band 2`, …
   */
  readonly bands?: number | readonly string[];
  /** Class names in output order, or their number (`class 1`, `class 2`, …), default 19. */
  readonly classes?: number | readonly string[];
  /** `'multi-label'` (default) or `'single-label'`. */
  readonly task?: ClassificationTask;
  /** Share of pooled features dropped before the head, [0, 1), default 0. */
  readonly headDropout?: number;
  /** Seed of the weights; random when absent. */
  readonly seed?: number;
}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedWrn extends WrnShape {
  /** Coefficients after preset and overrides. */
  readonly coefficients: WrnCoefficients;
  /** The preset's name when the coefficients are a preset's, else `custom`. */
  readonly sizeName: WrnPreset | 'custom';
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
export function resolveWrn(options: WrnOptions = {}): ResolvedWrn {
  const preset = known('preset', options.preset ?? 'B0', Object.keys(wrnPresets) as WrnPreset[]);
  const variant = known('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  const attention = known('attention', options.attention ?? 'eca', attentionNames);
  const ghost =
    typeof options.ghost === 'string'
      ? known('ghost', options.ghost, ghostForms)
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
  const shape = scaleWrn(
    coefficients,
    known<DepthRule>('depthRule', options.depthRule ?? 'published', ['published', 'once']),
  );
  const inputSize = options.inputSize ?? shape.inputSize;
  if (!Number.isInteger(inputSize) || inputSize < 8) {
    throw new LulcError('invalid-argument', `inputSize must be a whole number of at least 8 pixels, got ${inputSize}`, {
      where: { option: 'inputSize' },
    });
  }
  const dropout = options.dropout ?? 0.1;
  if (!(dropout >= 0 && dropout < 1)) {
    throw new LulcError('invalid-argument', `dropout must be in [0, 1), got ${dropout}`, {
      where: { option: 'dropout' },
    });
  }
  const untouched = (['alpha', 'beta', 'gamma', 'phi'] as const).every((key) => coefficients[key] === base[key]);
  const sizeName = untouched ? preset : 'custom';
  return {
    ...shape,
    inputSize,
    coefficients,
    sizeName,
    attention,
    ghost,
    variant,
    dropout,
    name: ['wrn', sizeName.toLowerCase(), attention === 'none' ? '' : attention, ghost === 'none' ? '' : 'ghost']
      .filter((part) => part !== '')
      .join('-'),
  };
}

function known<T extends string>(option: string, value: T, names: readonly T[]): T {
  if (!names.includes(value)) throw unknownName(option, value, names, { option });
  return value;
}
