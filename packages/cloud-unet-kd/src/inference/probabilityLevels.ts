import { knownOption } from '@lulc/core';

/** How probabilities are stored: as they are, in ten-thousandths, or in percent. */
export type ProbabilityType = 'float32' | 'uint16' | 'uint8';

/** What a stored value of each type means. */
export interface ProbabilityCoding {
  /** Stored values times this are probabilities. */
  readonly scale: number;
  /** Stored where there is no data. */
  readonly nodata: number;
}

/** Of each type: what a stored value is to be multiplied with, and what stands for no data. */
export const probabilityCodings: Readonly<Record<ProbabilityType, ProbabilityCoding>> = {
  float32: { scale: 1, nodata: Number.NaN },
  uint16: { scale: 1e-4, nodata: 65535 },
  uint8: { scale: 1e-2, nodata: 255 },
};

/** The array of each type. */
export interface ProbabilityArrays {
  /** Probabilities as they are. */
  readonly float32: Float32Array;
  /** Ten-thousandths. */
  readonly uint16: Uint16Array;
  /** Percents. */
  readonly uint8: Uint8Array;
}

/**
 * Probabilities as they are stored, rounded to whole ten-thousandths (`uint16`) or percents (`uint8`).
 *
 * @param probability 0 … 1, or NaN where there is no data
 * @param type how they are stored, see {@link probabilityCodings}
 * @throws LulcError `unknown-name` for another type
 * @example
 * ```ts
 * import { probabilityLevels } from '@lulc/cloud-unet-kd';
 *
 * console.log(String(probabilityLevels(Float32Array.of(0, 0.123, 1, NaN), 'uint8'))); // 0,12,100,255
 * ```
 */
export function probabilityLevels<T extends ProbabilityType>(probability: Float32Array, type: T): ProbabilityArrays[T] {
  knownOption<ProbabilityType>('type', type, ['float32', 'uint16', 'uint8']);
  if (type === 'float32') return probability as ProbabilityArrays[T];
  const { scale, nodata } = probabilityCodings[type];
  const levels = type === 'uint16' ? new Uint16Array(probability.length) : new Uint8Array(probability.length);
  const steps = Math.round(1 / scale);
  for (let i = 0; i < levels.length; i++) {
    levels[i] = Number.isNaN(probability[i]) ? nodata : Math.round(steps * probability[i]);
  }
  return levels as ProbabilityArrays[T];
}
