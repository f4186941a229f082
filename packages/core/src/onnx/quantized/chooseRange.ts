import type { ValueHistogram } from './histogram.js';
import { type ActivationType, quantaFor, rounded, type ValueRange } from './quanta.js';

/** How the range of a tensor is found from the values it had in calibration. */
export type RangeMethod =
  | 'min-max'
  | 'mse'
  | {
      /** Share of the values that lie below the upper end, and above the lower end; in (0.5, 1]. */
      readonly percentile: number;
    };

/** Shares of the observed range that are tried for its ends. */
const shares = Array.from({ length: 46 }, (_, i) => 1 - i / 50);

/**
 * The range of values that quanta stand for; those beyond it become its ends.
 *
 * @param histogram how often values occurred
 * @param method see {@link RangeMethod}
 * @param type number type of the quanta
 * @param slope what a leaky ReLU that alone reads the values makes of those below 0: errors count as far as they get through
 */
export function chooseRange(
  histogram: ValueHistogram,
  method: RangeMethod,
  type: ActivationType,
  slope = 1,
): ValueRange {
  if (method === 'min-max') return histogram.range;
  return method === 'mse' ? leastError(histogram, type, slope) : percentiles(histogram, method.percentile);
}

function percentiles(histogram: ValueHistogram, percentile: number): ValueRange {
  const entries = [...histogram.entries()];
  const beyond = (1 - percentile) * histogram.size;
  const end = (values: Iterable<readonly [number, number]>): number => {
    let seen = 0;
    for (const [value, count] of values) {
      seen += count;
      if (seen > beyond) return value;
    }
    return 0;
  };
  const { low, high } = histogram.range;
  return { low: Math.max(low, Math.min(0, end(entries))), high: Math.min(high, Math.max(0, end(entries.reverse()))) };
}

/** The range of the least mean square difference between values and their quanta: one end after the other. */
function leastError(histogram: ValueHistogram, type: ActivationType, slope: number): ValueRange {
  const entries = [...histogram.entries()];
  const seen = (value: number) => (value < 0 ? slope * value : value);
  const errorOf = (range: ValueRange): number => {
    const quanta = quantaFor(range, type);
    return entries.reduce((sum, [value, count]) => sum + count * (seen(value) - seen(rounded(value, quanta))) ** 2, 0);
  };
  const best = (candidates: readonly ValueRange[]): ValueRange => {
    const errors = candidates.map(errorOf);
    return candidates[errors.indexOf(Math.min(...errors))];
  };
  const { low, high } = histogram.range;
  const tried = (end: number) => (end === 0 ? [0] : shares.map((share) => share * end));
  const lowered = (range: ValueRange) => best(tried(high).map((end) => ({ ...range, high: end })));
  const raised = (range: ValueRange) => best(tried(low).map((end) => ({ ...range, low: end })));
  return raised(lowered(raised(lowered({ low, high }))));
}
