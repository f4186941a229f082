import { unknownName } from '@lulc/core';

/** A value for each of the two satellites; they differ a little. */
export interface PerSatellite {
  /** Sentinel-2A. */
  readonly S2A: number;
  /** Sentinel-2B. */
  readonly S2B: number;
}

/** Where a band of a multispectral sensor lies in the spectrum, and how finely it is sampled. */
export interface OpticalBand {
  /** Name as in file names: `B01` … `B12`, `B8A`. */
  readonly name: string;
  /** What the band is called in words. */
  readonly description: string;
  /** Central wavelength in nanometres, per satellite. */
  readonly wavelength: PerSatellite;
  /** Full width at half maximum in nanometres, per satellite. */
  readonly bandwidth: PerSatellite;
  /** Ground sampling distance in metres. */
  readonly resolution: 10 | 20 | 60;
}

/** A polarisation of the Sentinel-1 C-band radar (IW mode, ground range detected, as in BigEarthNet: decibels at 10 m). */
export interface RadarBand {
  /** `VV` or `VH`. */
  readonly name: string;
  /** What the band is called in words. */
  readonly description: string;
  /** Wavelength in nanometres (5.405 GHz). */
  readonly wavelength: number;
  /** Ground sampling distance in metres. */
  readonly resolution: 10;
}

type Row = readonly [
  name: string,
  description: string,
  resolution: 10 | 20 | 60,
  wavelengthA: number,
  bandwidthA: number,
  wavelengthB: number,
  bandwidthB: number,
];

const rows: readonly Row[] = [
  ['B01', 'coastal aerosol', 60, 442.7, 21, 442.2, 21],
  ['B02', 'blue', 10, 492.4, 66, 492.1, 66],
  ['B03', 'green', 10, 559.8, 36, 559, 36],
  ['B04', 'red', 10, 664.6, 31, 664.9, 31],
  ['B05', 'red edge 1', 20, 704.1, 15, 703.8, 16],
  ['B06', 'red edge 2', 20, 740.5, 15, 739.1, 15],
  ['B07', 'red edge 3', 20, 782.8, 20, 779.7, 20],
  ['B08', 'near infrared', 10, 832.8, 106, 832.9, 106],
  ['B8A', 'narrow near infrared', 20, 864.7, 21, 864, 22],
  ['B09', 'water vapour', 60, 945.1, 20, 943.2, 21],
  ['B10', 'cirrus', 60, 1373.5, 31, 1376.9, 30],
  ['B11', 'short-wave infrared 1', 20, 1613.7, 91, 1610.4, 94],
  ['B12', 'short-wave infrared 2', 20, 2202.4, 175, 2185.7, 185],
];

/**
 * The 13 bands of the Sentinel-2 MultiSpectral Instrument in spectral order. Source: ESA, Sentinel-2 MSI user guide,
 * "Spatial and spectral resolution".
 */
export const sentinel2Bands: readonly OpticalBand[] = rows.map(
  ([name, description, resolution, wavelengthA, bandwidthA, wavelengthB, bandwidthB]) => ({
    name,
    description,
    wavelength: { S2A: wavelengthA, S2B: wavelengthB },
    bandwidth: { S2A: bandwidthA, S2B: bandwidthB },
    resolution,
  }),
);

/** The two polarisations of the Sentinel-1 patches of BigEarthNet. */
export const sentinel1Bands: readonly RadarBand[] = [
  { name: 'VV', description: 'vertical transmit, vertical receive', wavelength: 5.547e7, resolution: 10 },
  { name: 'VH', description: 'vertical transmit, horizontal receive', wavelength: 5.547e7, resolution: 10 },
];

/**
 * A Sentinel-2 or Sentinel-1 band by name.
 *
 * @param name `B01` … `B12`, `B8A`, `VV` or `VH`; case and the leading zero do not matter (`b2` is `B02`)
 * @throws LulcError `unknown-name`
 */
export function bandByName(name: string): OpticalBand | RadarBand {
  const wanted = normalBandName(name);
  const all: readonly (OpticalBand | RadarBand)[] = [...sentinel2Bands, ...sentinel1Bands];
  const band = all.find((candidate) => candidate.name === wanted);
  if (band !== undefined) return band;
  const known = all.map((candidate) => candidate.name);
  throw unknownName('band', name, known, { band: name });
}

/**
 * The spelling this library uses for a band: upper case with a leading zero (`b2` → `B02`, `8A` → `B8A`). Names that
 * are not like a Sentinel band are returned as they are.
 *
 * @param name any spelling
 */
export function normalBandName(name: string): string {
  const match = /^b?0?(\d{1,2}|8a)$/i.exec(name.trim());
  if (match) {
    const id = match[1].toUpperCase();
    return id === '8A' ? 'B8A' : `B${id.padStart(2, '0')}`;
  }
  return /^(vv|vh)$/i.test(name.trim()) ? name.trim().toUpperCase() : name;
}
