import type { ValueHistogram } from './histogram.js';
import { type ActivationType, quantaFor, rounded, type ValueRange } from './quanta.js';

/** How the range of a tensor is found from the values it had in calibration. */
export type RangeMethod =
  | 'min-max'
  | 'mse'
  | 'entropy'
  | {
      /** Share of the values that lie below the upper end, and above the lower end; in (0.5, 1]. */
      readonly percentile: number;
    };

type Entries = readonly (readonly [value: number, count: number])[];

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
  switch (method) {
    case 'min-max':
      return histogram.range;
    case 'mse':
      return cheapest(histogram, squareError(histogram, type, slope));
    case 'entropy':
      return cheapest(histogram, divergence(histogram, type));
    default:
      return percentiles(histogram, method.percentile);
  }
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

/** Sum of the squared differences between values and their quanta. */
function squareError(histogram: ValueHistogram, type: ActivationType, slope: number): (range: ValueRange) => number {
  const entries = [...histogram.entries()];
  const seen = (value: number) => (value < 0 ? slope * value : value);
  return (range) => {
    const quanta = quantaFor(range, type);
    return entries.reduce((sum, [value, count]) => sum + count * (seen(value) - seen(rounded(value, quanta))) ** 2, 0);
  };
}

/**
 * Kullback-Leibler divergence of what quanta can tell from what values are, as in S. Migacz, *8-bit inference with TensorRT*,
 * 2017: values beyond the range lie at its ends, while quanta know of those within only, and hold all values alike that are
 * rounded to them. The zeros of a ReLU are exact, and so they are left alone here.
 */
function divergence(histogram: ValueHistogram, type: ActivationType): (range: ValueRange) => number {
  const entries = [...histogram.entries()].filter(([value]) => Math.abs(value) > histogram.width);
  const countOf = (list: Entries) => list.reduce((sum, [, count]) => sum + count, 0);
  const total = countOf(entries);
  return (range) => {
    const inner = entries.filter(([value]) => value >= range.low && value <= range.high);
    const kept = countOf(inner);
    if (kept === 0) return total === 0 ? 0 : Number.POSITIVE_INFINITY;
    const below = countOf(entries.filter(([value]) => value < range.low));
    const quanta = quantaFor(range, type);
    const ofInner = inner.map(([value]) => rounded(value, quanta));
    let divergence = 0;
    for (let begin = 0; begin < inner.length; ) {
      // Values come in order, so that those of one quantum are neighbours.
      let end = begin;
      while (end < inner.length && ofInner[end] === ofInner[begin]) end++;
      const cell = inner.slice(begin, end);
      const told = countOf(cell) / cell.length / kept;
      for (const [i, [, count]] of cell.entries()) {
        const first = begin + i === 0 ? below : 0;
        const last = begin + i === inner.length - 1 ? total - kept - below : 0;
        const share = (count + first + last) / total;
        divergence += share * Math.log(share / told);
      }
      begin = end;
    }
    return divergence;
  };
}

/** The range of the least cost: one end after the other. */
function cheapest(histogram: ValueHistogram, costOf: (range: ValueRange) => number): ValueRange {
  const best = (candidates: readonly ValueRange[]): ValueRange => {
    const costs = candidates.map(costOf);
    return candidates[costs.indexOf(Math.min(...costs))];
  };
  const { low, high } = histogram.range;
  const tried = (end: number) => (end === 0 ? [0] : shares.map((share) => share * end));
  const lowered = (range: ValueRange) => best(tried(high).map((end) => ({ ...range, high: end })));
  const raised = (range: ValueRange) => best(tried(low).map((end) => ({ ...range, low: end })));
  return raised(lowered(raised(lowered({ low, high }))));
}
