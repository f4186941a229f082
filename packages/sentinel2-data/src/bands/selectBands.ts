import { type ImageArray, LulcError, unknownName } from '@lulc/core';
import { normalBandName } from './bands.js';

/**
 * Where each wanted band is found among the bands that are there.
 *
 * @param available band names in channel order
 * @param wanted band names in the order asked for
 * @returns one channel number per wanted band
 * @throws LulcError `unknown-name` when a band is not there
 */
export function bandIndices(available: readonly string[], wanted: readonly string[]): number[] {
  const names = available.map(normalBandName);
  return wanted.map((band) => {
    const index = names.indexOf(normalBandName(band));
    if (index >= 0) return index;
    throw unknownName('band of this data', band, available, { band });
  });
}

/**
 * The same image with the channels asked for, in that order.
 *
 * @param image `[height, width, bands]`
 * @param channels channel numbers, e.g. from {@link bandIndices}; may repeat
 * @throws LulcError `invalid-argument` for a channel the image does not have
 * @example
 * ```ts
 * import { bandIndices, bandOrders, selectChannels } from '@lulc/sentinel2-data';
 *
 * const rgb = selectChannels(
 *   { data: new Uint16Array(64 * 64 * 13), shape: [64, 64, 13] },
 *   bandIndices(bandOrders.eurosat, bandOrders.rgb),
 * ); // shape [64, 64, 3]
 * ```
 */
export function selectChannels(image: ImageArray, channels: readonly number[]): ImageArray {
  const [height, width, bands] = image.shape;
  for (const channel of channels) {
    if (!(Number.isInteger(channel) && channel >= 0 && channel < bands)) {
      throw new LulcError('invalid-argument', `no channel ${channel} in an image of ${bands}`, { where: { channel } });
    }
  }
  const source = image.data;
  const count = channels.length;
  const data = sameType(source, height * width * count);
  for (let k = 0; k < count; k++) {
    for (let from = channels[k], to = k; to < data.length; from += bands, to += count) data[to] = source[from];
  }
  return { data, shape: [height, width, count] };
}

/** A zeroed array of the same number type. */
function sameType<T extends ImageArray['data']>(like: T, length: number): T {
  return new (like.constructor as new (length: number) => T)(length);
}
