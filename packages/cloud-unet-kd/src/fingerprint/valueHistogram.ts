import type { IntensityProperties } from './fingerprintTypes.js';

/** A weighted distribution of values in fixed memory. */
export interface ValueHistogram {
  /** Adds a value. */
  add(value: number, weight: number): void;
  /** What is known of all values; undefined without any. */
  properties(): IntensityProperties | undefined;
}

/** Which level a value is counted at, and which value a level stands for. */
export interface Levels {
  /** How many there are. */
  readonly count: number;
  /** Level of a value; larger values never have a smaller one. */
  readonly levelOf: (value: number) => number;
  /** A value in the middle of a level. */
  readonly valueAt: (level: number) => number;
  /** Smallest value of a level. */
  readonly from: (level: number) => number;
}

const lowestInt16 = -32768;
/** A level per value of 8- and 16-bit integers, signed or not. */
export const integerLevels: Levels = {
  count: 65536 - lowestInt16,
  levelOf: (value) => value - lowestInt16,
  valueAt: (level) => level + lowestInt16,
  from: (level) => level + lowestInt16,
};

/** Bits of a float32 that tell levels apart: sign, 8 of the exponent, 9 of the mantissa. */
const floatBits = 18;
const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

const cut = 32 - floatBits;

/** The float32 whose ascending bits are these. */
function fromAscending(bits: number): number {
  word[0] = bits >>> 31 === 1 ? bits & 0x7fffffff : ~bits;
  return float[0];
}

/** Levels that are about a 500th of their value wide: the leading bits of a float32, made to ascend. */
export const floatLevels: Levels = {
  count: 2 ** floatBits,
  levelOf: (value) => {
    float[0] = value;
    const ascending = word[0] >>> 31 === 1 ? ~word[0] : word[0] | 0x80000000;
    return ascending >>> cut;
  },
  valueAt: (level) => fromAscending(((level << cut) | (1 << (cut - 1))) >>> 0),
  from: (level) => fromAscending((level << cut) >>> 0),
};

/** Mean, deviation and extremes of what was added. */
interface Moments {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The distribution of one band. Of integers everything is exact. Of floats mean, deviation, smallest and largest value are;
 * median and percentiles are within 0.1 % of their value.
 *
 * @param kind of the stored values
 */
export function valueHistogram(kind: 'integer' | 'float'): ValueHistogram {
  const levels = kind === 'integer' ? integerLevels : floatLevels;
  const weights = new Float64Array(levels.count);
  const running = runningMoments();
  return {
    add:
      kind === 'integer'
        ? (value, weight) => {
            weights[levels.levelOf(value)] += weight;
          }
        : (value, weight) => {
            weights[levels.levelOf(value)] += weight;
            running.add(value, weight);
          },
    properties: () => {
      const used = usedLevels(weights, levels);
      const moments = kind === 'integer' ? momentsOf(used) : running.get();
      if (moments === undefined) return undefined;
      const { min, max } = moments;
      const at = (share: number): number => Math.min(max, Math.max(min, quantile(used, share)));
      return { ...moments, median: at(0.5), percentile00_5: at(0.005), percentile99_5: at(0.995) };
    },
  };
}

/** Values that occur, ascending, with their weights. */
type Weighted = readonly (readonly [value: number, weight: number])[];

function usedLevels(weights: Float64Array, { valueAt }: Levels): Weighted {
  const used: [number, number][] = [];
  for (let level = 0; level < weights.length; level++) {
    if (weights[level] > 0) used.push([valueAt(level), weights[level]]);
  }
  return used;
}

/** West's update: no cancellation, however far the values are from 0. */
function runningMoments(): { add(value: number, weight: number): void; get(): Moments | undefined } {
  let [total, mean, squares] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add: (value, weight) => {
      total += weight;
      const step = value - mean;
      mean += (step * weight) / total;
      squares += weight * step * (value - mean);
      if (value < min) min = value;
      if (value > max) max = value;
    },
    get: () => (total === 0 ? undefined : { mean, std: Math.sqrt(squares / total), min, max }),
  };
}

function momentsOf(values: Weighted): Moments | undefined {
  const running = runningMoments();
  for (const [value, weight] of values) running.add(value, weight);
  return running.get();
}

/** Of the weights, how much may be lost to rounding before a share counts as reached. */
const tolerance = 1e-12;

/** The value below which a share of the weights lies; where that falls between two values, their mean. */
function quantile(values: Weighted, share: number): number {
  const total = values.reduce((sum, [, weight]) => sum + weight, 0);
  let below = -share * total;
  for (const [i, [value, weight]] of values.entries()) {
    below += weight;
    if (below > tolerance * total) return value;
    if (below >= -tolerance * total) return (value + (values[i + 1] ?? values[i])[0]) / 2;
  }
  return values[values.length - 1][0];
}
