import type { BandNormalization, Normalization } from '@lulc/core';
import { knownOption, LulcError } from '@lulc/core';
import type { Fingerprint, IntensityProperties } from '../fingerprint/fingerprintTypes.js';

/**
 * Ready-made ways to bring a band to the numbers that a network sees.
 *
 * | name | what | nnU-Net's name |
 * |---|---|---|
 * | `image-z-score` | mean 0, deviation 1 over each image, without its empty margin where margins are large: its default. Brightness itself is lost: a chip of nothing but cloud looks like one without | `ZScoreNormalization` |
 * | `image-min-max` | 0 … 1 over each image | `RescaleTo01Normalization` |
 * | `ct` | clipped to 99 % of the dataset's foreground values, then their mean and deviation | `CTNormalization` |
 * | `dataset` | mean and deviation over all pixels of the dataset | – |
 * | `none` | as stored | `NoNormalization` |
 * | `divide-255` | stored bytes to 0 … 1 | `RGBTo01Normalization` |
 */
export type NormalizationName = 'image-z-score' | 'image-min-max' | 'ct' | 'dataset' | 'none' | 'divide-255';

/** Margins of more than the rest of this share are left out of an image's statistics. */
const maskBelow = 3 / 4;

/** What every band holds in an empty margin. */
export const marginValue = 0;

/**
 * Whether z-scores of an image leave its empty margin out: nnU-Net's rule.
 *
 * @param fingerprint of the dataset
 */
export const leavesMarginsOut = ({ medianRelativeSize }: Pick<Fingerprint, 'medianRelativeSize'>): boolean =>
  medianRelativeSize < maskBelow;

const recipes: Readonly<Record<NormalizationName, (fingerprint: Fingerprint, band: number) => BandNormalization>> = {
  'image-z-score': (fingerprint) => ({
    scheme: 'image-z-score',
    ...(leavesMarginsOut(fingerprint) ? { nodata: marginValue } : {}),
  }),
  'image-min-max': () => ({ scheme: 'image-min-max' }),
  ct: ({ foreground }, band) => {
    const { mean, std, percentile00_5, percentile99_5 } = measured(foreground, 'ct', 'no pixel of a foreground class')[
      band
    ];
    return { scheme: 'fixed', mean, std: atLeastTiny(std), clip: [percentile00_5, percentile99_5] };
  },
  dataset: ({ overall }, band) => {
    const { mean, std } = measured(overall, 'dataset', 'no statistics over all pixels')[band];
    return { scheme: 'fixed', mean, std: atLeastTiny(std) };
  },
  none: () => ({ scheme: 'fixed', mean: 0, std: 1 }),
  'divide-255': () => ({ scheme: 'fixed', mean: 0, std: 255 }),
};

/** nnU-Net's guard against bands that hold one value only. */
const atLeastTiny = (std: number): number => Math.max(std, 1e-8);

function measured(
  bands: readonly IntensityProperties[] | undefined,
  name: NormalizationName,
  missing: string,
): readonly IntensityProperties[] {
  if (bands !== undefined) return bands;
  throw new LulcError('incompatible', `the fingerprint has ${missing}`, { where: { normalization: name } });
}

/** Names of the ready-made normalisations. */
export const normalizationNames = Object.keys(recipes) as readonly NormalizationName[];

/**
 * A ready-made normalisation with a dataset's numbers in it.
 *
 * @param fingerprint of the dataset
 * @param names one for all bands, or one per band
 * @throws LulcError `unknown-name`, `invalid-argument` for another number of names than bands, `incompatible` when the
 *   fingerprint lacks what is needed
 */
export function normalizationFor(
  fingerprint: Fingerprint,
  names: NormalizationName | readonly NormalizationName[],
): Normalization {
  const perBand = typeof names === 'string' ? fingerprint.bands.map(() => names) : names;
  if (perBand.length !== fingerprint.bands.length) {
    throw new LulcError('invalid-argument', `${perBand.length} normalisations for ${fingerprint.bands.length} bands`, {
      where: { option: 'normalization' },
    });
  }
  return perBand.map((name, band) =>
    recipes[knownOption('normalization', name, normalizationNames)](fingerprint, band),
  );
}
