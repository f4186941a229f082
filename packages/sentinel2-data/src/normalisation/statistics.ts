import { LulcError, type ScalingStatistics, unknownName } from '@lulc/core';
import { normalBandName } from '../bands/bands.js';

/** Published or measured per-band statistics of a dataset. */
export interface BandStatistics {
  /** Name of the record. */
  readonly name: string;
  /** Where the numbers come from. */
  readonly source: string;
  /** Units of the images they belong to. */
  readonly units: string;
  /** Band name → mean and standard deviation. */
  readonly bands: Readonly<Record<string, readonly [mean: number, std: number]>>;
}

const records: readonly BandStatistics[] = [
  {
    name: 'bigearthnet-v1',
    source:
      'BigEarthNet training patches, as used by the EfficientBigEarthNet benchmark (spec 3); for version 2.0, corrected anew, an approximation',
    units: 'reflectance x 10000; decibels for VV and VH',
    bands: {
      B01: [340.76769064, 554.81258967],
      B02: [429.9430203, 572.41639287],
      B03: [614.21682446, 582.87945694],
      B04: [590.23569706, 675.88746967],
      B05: [950.68368468, 729.89827633],
      B06: [1792.46290469, 1096.01480586],
      B07: [2075.46795189, 1273.45393088],
      B08: [2218.94553375, 1365.45589904],
      B8A: [2266.46036911, 1356.13789355],
      B09: [2246.0605464, 1302.3292881],
      B11: [1594.42694882, 1079.19066363],
      B12: [1009.32729131, 818.86747235],
      VV: [-12.619993741972035, 5.115911777546365],
      VH: [-19.29044597721542, 5.464428464912864],
    },
  },
  {
    name: 'sen12ms',
    source: 'SEN12MS training patches, official toolbox (spec 7)',
    units: 'reflectance x 10000; decibels for VV and VH',
    bands: {
      B02: [1226.4215, 741.6254],
      B03: [1137.3799, 740.883],
      B04: [1139.6792, 960.1045],
      B05: [1350.9973, 946.76056],
      B06: [1932.9058, 985.52747],
      B07: [2211.1584, 1082.4341],
      B08: [2154.9846, 1057.7628],
      B8A: [2409.1128, 1136.1942],
      B11: [2001.8622, 1132.7898],
      B12: [1356.0801, 991.48016],
      VV: [-11.76858, 4.525339],
      VH: [-18.294598, 4.3586307],
    },
  },
  {
    name: 'eurosat-rgb',
    source:
      'the 3,500 training images of a 5,000-image sample of EuroSAT RGB, by computeStatistics (statistics.slow.test.ts repeats it)',
    units: 'display values 0 to 255',
    bands: {
      B04: [87.51067864118303, 50.96889918193425],
      B03: [97.2324045061384, 34.59831156313803],
      B02: [104.25769573102679, 29.56797458081959],
    },
  },
];

/** The statistics that are known by name: `bigearthnet-v1`, `sen12ms`, `eurosat-rgb`. */
export const bandStatistics: Readonly<Record<string, BandStatistics>> = Object.fromEntries(
  records.map((record) => [record.name, record]),
);

/**
 * The scaling of named statistics for a list of bands.
 *
 * @param name name of a record of {@link bandStatistics}
 * @param bands band names in channel order
 * @throws LulcError `unknown-name` for a name or band that is not there
 * @example
 * ```ts
 * import { bandOrders, scalingFor } from '@lulc/sentinel2-data';
 *
 * const scaling = scalingFor('bigearthnet-v1', bandOrders['bigearthnet-s2']);
 * console.log(scaling.name, scaling.mean[0]); // bigearthnet-v1 429.9430203
 * ```
 */
export function scalingFor(name: string, bands: readonly string[]): ScalingStatistics {
  const record = bandStatistics[name];
  if (record === undefined) {
    throw unknownName('statistics', name, Object.keys(bandStatistics));
  }
  const rows = bands.map((band) => {
    const row = record.bands[normalBandName(band)];
    if (row !== undefined) return row;
    throw new LulcError('unknown-name', `the statistics '${name}' have no band '${band}'`, {
      where: { band },
      hint: `They have ${Object.keys(record.bands).join(', ')}.`,
    });
  });
  return { name, mean: rows.map(([mean]) => mean), std: rows.map(([, std]) => std) };
}

/**
 * Like {@link scalingFor}, or `undefined` when a band is not among the statistics.
 *
 * @param name name of a record of {@link bandStatistics}
 * @param bands band names in channel order
 */
export function scalingIfKnown(name: string, bands: readonly string[]): ScalingStatistics | undefined {
  const known = bandStatistics[name]?.bands ?? {};
  return bands.every((band) => normalBandName(band) in known) ? scalingFor(name, bands) : undefined;
}
