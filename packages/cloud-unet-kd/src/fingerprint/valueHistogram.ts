import type { IntensityProperties } from './fingerprintTypes.js';

/** A weighted distribution of values in fixed memory. */
export interface ValueHistogram {
  /** Adds a value. */
  add(value: number, weight: number): void;
  /** What is known of all values; undefined without any. */
  properties(): IntensityProperties | undefined;
}

/** Which level a value is counted at, and which value a level stands for. */
interface Levels {
  readonly count: number;
  readonly levelOf: (value: number) => number;
  readonly valueAt: (level: number) => number;
}

const lowestInt16 = -32768;
/** A level per value of 8- and 16-bit integers, signed or not. */
const integerLevels: Levels = {
  count: 65536 - lowestInt16,
  levelOf: (value) => value - lowestInt16,
  valueAt: (level) => level + lowestInt16,
};

/** Bits of a float32 that tell levels apart: sign, 8 of the exponent, 9 of the mantissa. */
const floatBits = 18;
const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** Levels that are about a 500th of their value wide: the leading bits of a float32, made to ascend. */
const floatLevels: Levels = {
  count: 2 ** floatBits,
  levelOf: (value) => {
    float[0] = value;
    const ascending = word[0] >>> 31 === 1 ? ~word[0] : word[0] | 0x80000000;
    return ascending >>> (32 - floatBits);
  },
  valueAt: (level) => {
    const middle = ((level << (32 - floatBits)) | (1 << (31 - floatBits))) >>> 0;
    word[0] = middle >>> 31 === 1 ? middle & 0x7fffffff : ~middle;
    return float[0];
  },
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
      const moments = kind === 'integer' ? momentsOf(weights, levels) : running.get();
      if (moments === undefined) return undefined;
      const { min, max } = moments;
      const at = (share: number): number => Math.min(max, Math.max(min, quantile(weights, share, levels.valueAt)));
      return { ...moments, median: at(0.5), percentile00_5: at(0.005), percentile99_5: at(0.995) };
    },
  };
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

function momentsOf(weights: Float64Array, { valueAt }: Levels): Moments | undefined {
  const running = runningMoments();
  for (const [level, weight] of weights.entries()) if (weight > 0) running.add(valueAt(level), weight);
  return running.get();
}

/** Of the weights, how much may be lost to rounding before a share counts as reached. */
const tolerance = 1e-12;

/** The value below which a share of the weights lies; where that falls between two values, their mean. */
function quantile(weights: Float64Array, share: number, valueAt: (level: number) => number): number {
  const total = weights.reduce((a, b) => a + b, 0);
  const goal = share * total;
  let below = 0;
  let first: number | undefined;
  for (const [level, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (first !== undefined) return (first + valueAt(level)) / 2;
    below += weight;
    if (below > goal + tolerance * total) return valueAt(level);
    if (below >= goal - tolerance * total) first = valueAt(level);
  }
  return first as number;
}
