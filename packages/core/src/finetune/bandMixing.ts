import { LulcError, unknownName } from '../errors/lulcError.js';

/** How the kernels of bands come about, see {@link adaptBands}. */
export interface BandOptions {
  /**
   * Where the kernel of a band comes from that the pre-trained model does not know: `'average'` (default), the mean of the
   * kernels of all its bands; `'zero'`, so that the band has no say at first; `'nearest'`, the kernel of the known band
   * that is nearest in the spectrum (the mean of two that are equally near).
   */
  readonly strategy?: 'average' | 'zero' | 'nearest';
  /**
   * Whether the kernels are scaled by (number of bands before) / (number of bands after, those that start from zero not
   * counted), default true. Bands correlate, so that the sum over them keeps its magnitude; the usual rule for images
   * with more or fewer channels than RGB (Wightman's timm).
   */
  readonly rescale?: boolean;
  /** Central wavelength of every band in any one unit, for `'nearest'`. */
  readonly wavelengths?: Readonly<Record<string, number>>;
}

/**
 * The kernels of new bands as sums over those of known bands.
 *
 * @param from known bands in channel order
 * @param to new bands in channel order
 * @returns `[to][from]`: the share of each known kernel in a new one
 * @throws LulcError `invalid-argument` when no new band would have a kernel other than 0, `unknown-name` for a band
 *   without a wavelength
 */
export function bandMixing(
  from: readonly string[],
  to: readonly string[],
  { strategy = 'average', rescale = true, wavelengths = {} }: BandOptions,
): readonly (readonly number[])[] {
  const rows = to.map((band) => {
    if (from.includes(band)) return from.map((known) => (known === band ? 1 : 0));
    if (strategy === 'zero') return from.map(() => 0);
    return strategy === 'average' ? from.map(() => 1 / from.length) : nearestShares(from, band, wavelengths);
  });
  const active = rows.filter((row) => row.some((share) => share !== 0)).length;
  if (active === 0) {
    throw new LulcError('invalid-argument', 'no band is known to the pre-trained model: every kernel would be 0', {
      where: { known: from.join(', '), wanted: to.join(', ') },
      hint: "Use the strategy 'average'.",
    });
  }
  const factor = rescale ? from.length / active : 1;
  return rows.map((row) => row.map((share) => share * factor));
}

function nearestShares(
  from: readonly string[],
  band: string,
  wavelengths: Readonly<Record<string, number>>,
): readonly number[] {
  const wavelength = (name: string): number => {
    if (Object.hasOwn(wavelengths, name)) return wavelengths[name];
    throw unknownName('wavelength of the band', name, Object.keys(wavelengths));
  };
  const distances = from.map((known) => Math.abs(wavelength(known) - wavelength(band)));
  const least = Math.min(...distances);
  const nearest = distances.filter((distance) => distance === least).length;
  return distances.map((distance) => (distance === least ? 1 / nearest : 0));
}
