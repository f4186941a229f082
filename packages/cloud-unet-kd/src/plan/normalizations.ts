import type { BandNormalization, Normalization } from '@lulc/core';
import { knownOption, LulcError } from '@lulc/core';
import type { Fingerprint, IntensityProperties } from '../fingerprint/fingerprintTypes.js';

/**
 * Ready-made ways to bring a band to the numbers that a network sees.
 *
 * | name | what | nnU-Net's name |
 * |---|---|---|
 * | `image-z-score` | mean 0, deviation 1 over each image, of the pixels with data: its default. Brightness itself is lost: a chip of nothing but cloud looks like one without | `ZScoreNormalization` |
 * | `image-min-max` | 0 … 1 over each image, of the pixels with data | `RescaleTo01Normalization` |
 * | `ct` | clipped to 99 % of the dataset's foreground values, then their mean and deviation | `CTNormalization` |
 * | `dataset` | mean and deviation over all pixels of the dataset | – |
 * | `none` | as stored | `NoNormalization` |
 * | `divide-255` | stored bytes to 0 … 1 | `RGBTo01Normalization` |
 */
export type NormalizationName = 'image-z-score' | 'image-min-max' | 'ct' | 'dataset' | 'none' | 'divide-255';

/** nnU-Net leaves margins out of z-scores where the images without theirs are less than this share of the files. */
const maskBelow = 3 / 4;

/** What every band holds in an empty margin. */
export const marginValue = 0;

/** Which pixels statistics of an image are of; see {@link normalizationFor}. */
export type NormalizationVariant = 'corrected' | 'reference';

type Recipe = (fingerprint: Fingerprint, band: number, variant: NormalizationVariant) => BandNormalization;

const recipes: Readonly<Record<NormalizationName, Recipe>> = {
  'image-z-score': ({ medianRelativeSize }, _, variant) => ({
    scheme: 'image-z-score',
    ...(variant === 'corrected' || medianRelativeSize < maskBelow ? { nodata: marginValue } : {}),
  }),
  'image-min-max': (_, __, variant) => ({
    scheme: 'image-min-max',
    ...(variant === 'corrected' ? { nodata: marginValue } : {}),
  }),
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
 * @param variant `'corrected'` (default): pixels that are 0 in every band are without data and never count in statistics of an
 *   image, as they do not in a scene whose nodata value is 0. `'reference'`: nnU-Net's rule, by which they count, but in z-scores
 *   when margins take more than a quarter of the median image
 * @throws LulcError `unknown-name`, `invalid-argument` for another number of names than bands, `incompatible` when the
 *   fingerprint lacks what is needed
 */
export function normalizationFor(
  fingerprint: Fingerprint,
  names: NormalizationName | readonly NormalizationName[],
  variant: NormalizationVariant = 'corrected',
): Normalization {
  const perBand = typeof names === 'string' ? fingerprint.bands.map(() => names) : names;
  if (perBand.length !== fingerprint.bands.length) {
    throw new LulcError('invalid-argument', `${perBand.length} normalisations for ${fingerprint.bands.length} bands`, {
      where: { option: 'normalization' },
    });
  }
  knownOption<NormalizationVariant>('variant', variant, ['corrected', 'reference']);
  return perBand.map((name, band) =>
    recipes[knownOption('normalization', name, normalizationNames)](fingerprint, band, variant),
  );
}
