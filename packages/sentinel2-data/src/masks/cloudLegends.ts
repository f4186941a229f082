import { knownOption } from '@lulc/core';
import type { ClassLegend, MaskValue } from './classLegend.js';

/**
 * Name of what published cloud masks hold.
 *
 * | name | classes | masks |
 * |---|---|---|
 * | `l8-binary` | clear (with shadow), cloud (thin and thick) | L8 Biome: 0 fill (ignored), 64 shadow, 128 clear, 192 thin cloud, 255 cloud |
 * | `l8-thin` | clear (with shadow), thin cloud, cloud | the same |
 * | `l8-shadow` | clear, shadow, cloud (thin and thick) | the same |
 * | `l8-all` | clear, shadow, thin cloud, cloud | the same |
 * | `zero-one` | clear, cloud | 0 and 1; 255 is ignored (On Cloud N) |
 * | `zero-full` | clear, cloud | 0 and 255 (38-Cloud) |
 * | `csmask` | clear (shadow, water, snow, land), cloud | ukis-csmask: 0 shadow, 1 water, 2 snow, 3 land, 4 cloud |
 */
export type CloudLegendName = 'l8-binary' | 'l8-thin' | 'l8-shadow' | 'l8-all' | 'zero-one' | 'zero-full' | 'csmask';

/** Classes with what masks hold where they are and where nothing counts. */
export interface CloudLegend {
  /** Classes and their values; clear ground first. */
  readonly classes: ClassLegend;
  /** Values of pixels that count for nothing. */
  readonly ignore: readonly MaskValue[];
}

/** The legends by name; see {@link CloudLegendName} for what each is. */
export const cloudLegends: Readonly<Record<CloudLegendName, CloudLegend>> = {
  'l8-binary': { classes: { clear: [64, 128], cloud: [192, 255] }, ignore: [0] },
  'l8-thin': { classes: { clear: [64, 128], 'thin cloud': 192, cloud: 255 }, ignore: [0] },
  'l8-shadow': { classes: { clear: 128, shadow: 64, cloud: [192, 255] }, ignore: [0] },
  'l8-all': { classes: { clear: 128, shadow: 64, 'thin cloud': 192, cloud: 255 }, ignore: [0] },
  'zero-one': { classes: { clear: 0, cloud: 1 }, ignore: [255] },
  'zero-full': { classes: { clear: 0, cloud: 255 }, ignore: [] },
  csmask: { classes: { clear: [0, 1, 2, 3], cloud: 4 }, ignore: [] },
};

/**
 * A legend by its name.
 *
 * @param name one of the published ones
 * @throws LulcError `unknown-name`
 */
export function classLegend(name: CloudLegendName): CloudLegend {
  return cloudLegends[knownOption('classes', name, Object.keys(cloudLegends) as CloudLegendName[])];
}
