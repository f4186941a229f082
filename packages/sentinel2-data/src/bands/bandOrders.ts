import { LulcError, requireKinds, unknownName } from '@lulc/core';

/**
 * Name of an order in which published data and checkpoints stack their bands. Weights belong to one order: a model card names
 * it, and reading refuses data in another.
 *
 * | name | what stacks its bands so |
 * |---|---|
 * | `rgb` | true colour: red, green, blue |
 * | `rgbn` | the four 10 m bands, red first |
 * | `bigearthnet-s2` | the benchmark's code at its last commit: 10 m bands blue first, then 20 m (spec 1.1) |
 * | `bigearthnet-s2-zoo` | the code that made the published model zoo: 10 m bands **red first**, then 20 m (spec 0.1) |
 * | `bigearthnet-s1` | both radar polarisations |
 * | `bigearthnet-mm` | `bigearthnet-s2`, then VV and VH |
 * | `bigearthnet-spectral` | the same ten optical bands by wavelength (also the order of SEN12MS' ten) |
 * | `torchgeo-bigearthnet-s2` | the twelve bands of L2A by number, B8A after B08 |
 * | `torchgeo-bigearthnet` | VV and VH, then the twelve |
 * | `eurosat` | the 13 bands of the EuroSAT GeoTIFFs: by number, **B8A last** |
 * | `l1c` | all 13 by wavelength |
 */
export type BandOrderName =
  | 'rgb'
  | 'rgbn'
  | 'bigearthnet-s2'
  | 'bigearthnet-s2-zoo'
  | 'bigearthnet-s1'
  | 'bigearthnet-mm'
  | 'bigearthnet-spectral'
  | 'torchgeo-bigearthnet-s2'
  | 'torchgeo-bigearthnet'
  | 'eurosat'
  | 'l1c';

/** The orders by name; see {@link BandOrderName} for what each is. */
export const bandOrders: Readonly<Record<BandOrderName, readonly string[]>> = {
  rgb: ['B04', 'B03', 'B02'],
  rgbn: ['B04', 'B03', 'B02', 'B08'],
  'bigearthnet-s2': ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'],
  'bigearthnet-s2-zoo': ['B04', 'B03', 'B02', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'],
  'bigearthnet-s1': ['VV', 'VH'],
  'bigearthnet-mm': ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12', 'VV', 'VH'],
  'bigearthnet-spectral': ['B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B11', 'B12'],
  'torchgeo-bigearthnet-s2': ['B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09', 'B11', 'B12'],
  'torchgeo-bigearthnet': [
    'VV',
    'VH',
    'B01',
    'B02',
    'B03',
    'B04',
    'B05',
    'B06',
    'B07',
    'B08',
    'B8A',
    'B09',
    'B11',
    'B12',
  ],
  eurosat: ['B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B09', 'B10', 'B11', 'B12', 'B8A'],
  l1c: ['B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09', 'B10', 'B11', 'B12'],
};

/**
 * Bands as an option gives them: a list of names, or the name of a published order.
 *
 * @param bands e.g. `'bigearthnet-s2'` or `['B04', 'B03', 'B02']`
 * @throws LulcError `unknown-name`, `invalid-argument` (no list of names, none, or one twice)
 */
export function resolveBands(bands: BandOrderName | readonly string[]): readonly string[] {
  if (typeof bands === 'string') {
    const order: readonly string[] | undefined = bandOrders[bands];
    if (order !== undefined) return order;
    throw unknownName('band order', bands, Object.keys(bandOrders));
  }
  requireKinds({ bands }, { bands: ['text', 'texts'] }, ['bands']);
  if (bands.length === 0) throw new LulcError('invalid-argument', 'no bands asked for');
  const twice = bands.find((band, i) => bands.indexOf(band) !== i);
  if (twice !== undefined) {
    throw new LulcError('invalid-argument', `band '${twice}' is asked for twice`, { where: { band: twice } });
  }
  return bands;
}
