/** Number types in which activations are computed. */
export type ActivationType = 'uint8' | 'int8';

/** The least value of each type; both have 256. */
export const leastQuantum: Readonly<Record<ActivationType, number>> = { uint8: 0, int8: -128 };

const steps = 255;

/** The values from `low` to `high`. */
export interface ValueRange {
  /** The least value. */
  readonly low: number;
  /** The largest value. */
  readonly high: number;
}

/** How the values of a tensor are written in 8 bits: `value ≈ scale · (quantum − zeroPoint)`. */
export interface Quanta {
  /** The type. */
  readonly type: ActivationType;
  /** Distance of neighbouring values, float32. */
  readonly scale: number;
  /** The quantum of 0. */
  readonly zeroPoint: number;
}

/** The 256 values of a type over a range, which is widened so that 0 is one of them: images are padded with it. */
export function quantaFor({ low, high }: ValueRange, type: ActivationType): Quanta {
  const [least, largest] = [Math.min(0, low), Math.max(0, high)];
  const scale = least === largest ? 1 : Math.fround((largest - least) / steps);
  return { type, scale, zeroPoint: leastQuantum[type] + Math.round(-least / scale) };
}

/** A value as it is after rounding to the nearest quantum; beyond the range it is the last one. */
export function rounded(value: number, { type, scale, zeroPoint }: Quanta): number {
  const least = leastQuantum[type];
  const quantum = Math.max(least, Math.min(least + steps, Math.round(value / scale) + zeroPoint));
  return (quantum - zeroPoint) * scale;
}
