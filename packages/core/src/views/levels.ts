import type { ImageArray, ScalingStatistics } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import type { Levels } from './recipe.js';

/** Black of each band, and how far white is from it. */
export interface BandLevels {
  readonly black: number;
  readonly range: number;
}

/** Black and white are so many standard deviations from the mean. */
const deviations = 2;

function whiteOf(data: ImageArray['data']): number {
  if (data instanceof Uint8Array) return 255;
  if (data instanceof Uint16Array) return 65535;
  return data instanceof Int16Array ? 32767 : 1;
}

/**
 * What photometric steps take for black and white.
 *
 * @param levels as the recipe says
 * @param image tells the number type and the bands
 * @param scaling of the bands
 * @throws LulcError `incompatible` for levels by a scaling that is not there
 */
export function bandLevels(
  levels: Levels | undefined,
  { data, shape }: ImageArray,
  scaling: ScalingStatistics | undefined,
): BandLevels[] {
  const rule = levels ?? (scaling !== undefined && !(data instanceof Uint8Array) ? 'scaling' : 'type');
  const bands = Array.from({ length: shape[2] }, (_, band) => band);
  if (rule === 'scaling') {
    if (scaling === undefined) {
      throw new LulcError('incompatible', "levels by 'scaling' need the statistics of the bands", {
        where: { option: 'levels' },
        hint: "Give scaling statistics, or levels 'type' or [black, white].",
      });
    }
    return bands.map((band) => ({
      black: scaling.mean[band] - deviations * scaling.std[band],
      range: 2 * deviations * scaling.std[band],
    }));
  }
  const [black, white] = rule === 'type' ? [0, whiteOf(data)] : rule;
  return bands.map(() => ({ black, range: white - black }));
}
