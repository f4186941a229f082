import { knownOption, LulcError, requireAbove } from '@lulc/core';
import { type CloudBaseline, pixelRule, requireChannels } from './baseline.js';

/** Options of {@link braatenCohenYang}. */
export interface BraatenCohenYangOptions {
  /** Which channel holds what, counted from 0. */
  readonly channels: {
    /** Blue (Sentinel-2 B02); read by the revision `'blue-green'` only. */
    readonly blue?: number;
    /** Green (B03). */
    readonly green: number;
    /** Red (B04); read by the revision `'green-red'` only. */
    readonly red?: number;
    /** Short-wave infrared at 1.6 µm (B11), to tell cloud from snow. Default: the test is left out. */
    readonly swir?: number;
  };
  /** Reflectance per stored unit, above 0: 1e-4 for Sentinel-2 products. */
  readonly scale: number;
  /** Added after scaling: −0.1 for Sentinel-2 products since January 2022. Default 0. */
  readonly offset?: number;
  /** Cloud is above this in the short-wave infrared. Default 0.2. */
  readonly snow?: number;
  /**
   * `'green-red'` as its authors describe it (default); one revision of the published script reads blue in place of green, and
   * green in place of red (`'blue-green'`).
   */
  readonly revision?: 'green-red' | 'blue-green';
}

/** Cloud above this, whatever its colour. */
const bright = 0.39;
/** Cloud above this when green exceeds red. */
const pale = 0.175;

/**
 * The Braaten-Cohen-Yang rule (Sentinel Hub custom script, spec 8): cloud is green above 0.39, or above 0.175 and above red.
 * Thin cloud is missed, and snow is taken for cloud unless there is a band in the short-wave infrared. The numbers are of
 * reflectances at the top of the atmosphere; with others they hold roughly.
 *
 * @param options channels and units
 * @throws LulcError `invalid-argument` for a scale that is not above 0, or without the channels that the revision reads
 * @example
 * ```ts
 * import { braatenCohenYang } from '@lulc/cloud-unet-kd';
 *
 * const image = { data: Uint16Array.of(2000, 5000, 2500, 2000, 1500, 2000), shape: [1, 3, 2] as const };
 * const rule = braatenCohenYang({ channels: { red: 0, green: 1 }, scale: 1e-4 });
 * console.log(rule.predict(image)); // Uint8Array(3) [ 1, 0, 1 ]
 * ```
 */
export function braatenCohenYang(options: BraatenCohenYangOptions): CloudBaseline {
  const { channels, snow = 0.2, scale, offset = 0, revision = 'green-red' } = options;
  requireAbove(0, { scale });
  knownOption('revision', revision, ['green-red', 'blue-green']);
  const { swir } = channels;
  const [first, second] = revision === 'green-red' ? [channels.green, channels.red] : [channels.blue, channels.green];
  if (first === undefined || second === undefined) {
    throw new LulcError('invalid-argument', `the revision '${revision}' reads a channel that is not given`, {
      where: { option: 'channels' },
    });
  }
  const name = revision === 'green-red' ? 'Braaten-Cohen-Yang' : 'Braaten-Cohen-Yang on blue and green';
  return {
    name: swir === undefined ? name : `${name}, short-wave infrared above ${snow}`,
    predict: (image) => {
      requireChannels(image, swir === undefined ? [first, second] : [first, second, swir]);
      const { data, shape } = image;
      const reflectance = (pixel: number, channel: number): number => data[pixel * shape[2] + channel] * scale + offset;
      return pixelRule(image, (pixel) => {
        if (swir !== undefined && reflectance(pixel, swir) <= snow) return false;
        const value = reflectance(pixel, first);
        return value > bright || (value > pale && value > reflectance(pixel, second));
      });
    },
  };
}
