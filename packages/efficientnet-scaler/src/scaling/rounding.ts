/**
 * Rounds a number of channels to a multiple of `divisor`: the nearest one, at least one, and never more than 10 % below
 * the value (Tan & Le's `round_filters`; `make_div` of the benchmark's wide ResNets is the same rule with divisor 4).
 *
 * @param value scaled number of channels, above 0
 * @param divisor whole number above 0, default 8
 * @example
 * ```ts
 * import { roundFilters } from '@lulc/efficientnet-scaler';
 *
 * console.log(roundFilters(24 * 1.1), roundFilters(16 * 1.1), roundFilters(64 * 1.8, 4)); // 24 16 116
 * ```
 */
export function roundFilters(value: number, divisor = 8): number {
  const nearest = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * value ? nearest + divisor : nearest;
}

/**
 * Rounds a number of blocks up (Tan & Le's `round_repeats`).
 *
 * @param value scaled number of blocks, above 0
 */
export function roundRepeats(value: number): number {
  return Math.ceil(value);
}

/**
 * Rounds height and width of an input up to a multiple of `step`, as the benchmark does: `ceil(60·gamma^phi / 10)·10`.
 *
 * @param value scaled size in pixels, above 0
 * @param step whole number of pixels above 0, default 10
 * @example
 * ```ts
 * import { roundResolution } from '@lulc/efficientnet-scaler';
 *
 * console.log(roundResolution(60 * 1.4), roundResolution(60)); // 90 60
 * ```
 */
export function roundResolution(value: number, step = 10): number {
  return Math.ceil(value / step) * step;
}
