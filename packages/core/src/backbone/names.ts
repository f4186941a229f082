import { LulcError } from '../errors/lulcError.js';

/** Channel orders of a plain number of bands, as the BigEarthNet benchmark stacks them. */
const bandOrders: { readonly [count: number]: readonly string[] } = {
  2: ['VV', 'VH'],
  3: ['B04', 'B03', 'B02'],
  10: ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'],
  12: ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12', 'VV', 'VH'],
};

/**
 * The names of a builder's bands.
 *
 * @param bands names in channel order, or their number: 10 are Sentinel-2's at 10 and 20 m (B02, B03, B04, B08, B05, B06,
 *   B07, B8A, B11, B12), 12 these with VV and VH, 2 only VV and VH, 3 the visible B04, B03, B02; of another number they are
 *   called `band 1`, `band 2`, …
 * @throws LulcError `invalid-argument` when there is none or the number is no whole one
 */
export function bandNames(bands: number | readonly string[]): readonly string[] {
  requireCount('bands', bands);
  return typeof bands === 'number' ? (bandOrders[bands] ?? numbered('band', bands)) : bands;
}

/**
 * The names of a builder's classes.
 *
 * @param classes names in output order, or their number: `class 1`, `class 2`, …
 * @throws LulcError `invalid-argument` when there is none or the number is no whole one
 */
export function classNames(classes: number | readonly string[]): readonly string[] {
  requireCount('classes', classes);
  return typeof classes === 'number' ? numbered('class', classes) : classes;
}

function requireCount(option: string, names: number | readonly string[]): void {
  const count = typeof names === 'number' ? names : names.length;
  if (!Number.isInteger(count) || count < 1) {
    throw new LulcError(
      'invalid-argument',
      `${option} must be a whole number above 0 or a list of names, got ${count}`,
      {
        where: { option },
      },
    );
  }
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i + 1}`);
}
