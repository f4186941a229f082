import { braatenCohenYang, type CloudBaseline, fitGlobalThreshold, fitRelativeBrightness } from '@lulc/cloud-unet-kd';
import { LulcError } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';

/** Names that bands go by, of Sentinel-2 and in words. */
const aliases = {
  blue: ['B02', 'blue'],
  green: ['B03', 'green'],
  red: ['B04', 'red'],
  swir: ['B11', 'swir1', 'swir'],
} as const;

/**
 * The thresholds that the bands of a dataset allow, those with a free number fitted.
 *
 * @param train images with masks that numbers are fitted on
 * @param scale reflectance per stored unit
 * @throws LulcError `incompatible` without red, green and blue
 */
export async function cloudBaselines(train: SegmentationDataset, scale: number): Promise<readonly CloudBaseline[]> {
  const { bands } = train.info;
  const channelOf = (colour: keyof typeof aliases) =>
    bands.findIndex((band) => aliases[colour].some((alias) => alias.toLowerCase() === band.toLowerCase()));
  const [blue, green, red, swir] = (['blue', 'green', 'red', 'swir'] as const).map(channelOf);
  if (blue < 0 || green < 0 || red < 0) {
    throw new LulcError('incompatible', 'thresholds of brightness need red, green and blue', {
      where: { bands: bands.join(', ') },
      hint: 'Name the channels by data.storedBands: B04, B03, B02, or red, green, blue.',
    });
  }
  const visible = [red, green, blue];
  const rule = (channels: Parameters<typeof braatenCohenYang>[0]['channels']) => braatenCohenYang({ channels, scale });
  return [
    (await fitRelativeBrightness(train, { channels: visible })).baseline,
    (await fitGlobalThreshold(train, { channels: [blue] })).baseline,
    (await fitGlobalThreshold(train, { channels: visible })).baseline,
    rule({ green, red }),
    ...(swir < 0 ? [] : [rule({ green, red, swir })]),
  ];
}
