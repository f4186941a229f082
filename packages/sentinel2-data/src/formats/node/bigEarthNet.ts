import { LulcError } from '@lulc/core';
import { bandOrders, resolveBands } from '../../bands/bandOrders.js';
import { bandByName } from '../../bands/bands.js';
import type { StackOptions } from '../../dataset/fileDataset.js';
import { bigEarthNet19, bigEarthNet43 } from '../../labels/bigEarthNet.js';
import type { LabelScheme } from '../../labels/labelScheme.js';
import type { OpenDatasetOptions } from '../options.js';

/** Extent of a patch in metres. */
const patchMetres = 1200;

/**
 * What both versions of BigEarthNet share: nomenclature, bands, and how a file per band becomes an image on the 10 m
 * grid.
 *
 * @param options what was asked for
 */
export function bigEarthNetParts(options: OpenDatasetOptions): {
  readonly scheme: LabelScheme;
  readonly bands: readonly string[];
  readonly stack: StackOptions;
} {
  const bands = resolveBands(options.bands ?? 'bigearthnet-s2').map((name) => bandByName(name).name);
  const known: readonly string[] = [...bandOrders['torchgeo-bigearthnet']];
  const unknown = bands.find((band) => !known.includes(band));
  if (unknown !== undefined) {
    throw new LulcError('unknown-name', `BigEarthNet has no band '${unknown}'`, {
      where: { band: unknown },
      hint: `It has ${known.join(', ')}.`,
    });
  }
  return {
    scheme: options.nomenclature === 43 ? bigEarthNet43 : bigEarthNet19,
    bands,
    stack: {
      bands,
      channels: bands.map(() => [0]),
      fileSizes: bands.map((band) => {
        const pixels = patchMetres / bandByName(band).resolution;
        return [pixels, pixels] as const;
      }),
      size: [patchMetres / 10, patchMetres / 10],
      resample: options.resample ?? 'bicubic',
      nodata: 0,
    },
  };
}

/**
 * True for a band of the radar.
 *
 * @param band normal name
 */
export function isRadar(band: string): boolean {
  return band === 'VV' || band === 'VH';
}
