import type { Scene } from '@lulc/core';
import type { BandOrderName } from '../bands/bandOrders.js';
import type { ResampleMethod } from '../raster/resample.js';
import type { ProductMetadata } from './safeMetadata.js';

/** What `openScene` is asked for. Plain data: it may come from a configuration file. */
export interface OpenSceneOptions {
  /**
   * A Sentinel-2 product (its SAFE folder, `MTD_MSIL1C.xml` or `MTD_MSIL2A.xml`, a granule, or a folder of images in one); a GeoTIFF or
   * JPEG 2000 file with all bands (a PNG or JPEG is read, too, whole); or a folder with a file per band whose names end in the band's or
   * hold it between underscores: `B02.tif`, `LC08_…_B4.TIF`, `T32TQM_…_B08_10m.jp2` (of several resolutions the finest is taken).
   */
  readonly path?: string;
  /** Instead of `path`: the file of each band, by the band's name. Of files with more channels the first is taken. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Bands in channel order, or the name of a published order. Default: all there are, those of a folder by wavelength. */
  readonly bands?: BandOrderName | readonly string[];
  /** Names of the channels of a file with all bands, as stored. Default: `band1`, `band2` … */
  readonly storedBands?: BandOrderName | readonly string[];
  /**
   * Value that means "no data" in files that do not say: pixels that have it in every band. `'none'`: all pixels have data.
   * @defaultValue 0
   */
  readonly nodata?: number | 'none';
  /**
   * How bands of a coarser resolution are brought to the grid of the finest.
   * @defaultValue `'bilinear'`
   */
  readonly resample?: ResampleMethod;
  /**
   * What becomes of the values of a Sentinel-2 product. `'apply'`: reflectance times 10,000, as products before processing baseline 04.00
   * (January 2022) store it: the offset that the product states (-1000 since then) is added; 0 (no data) and 65535 (saturated) stay, and
   * measured values that would be below 1 become 1, so that they are not taken for "no data". `'keep'`: as they are stored. Single files
   * (`path` of one, `paths`) and folders outside of a product are always read as they are stored.
   * @defaultValue `'apply'`
   */
  readonly radiometricOffset?: 'apply' | 'keep';
  /**
   * Bytes of decoded blocks that are kept, so that overlapping windows decode them once. Windows in rows from the top, as
   * inference asks for them, need the blocks of one row of windows.
   * @defaultValue 256 MiB
   */
  readonly cacheBytes?: number;
  /**
   * Threads that decode JPEG 2000, each with some 50 MiB of memory; 0 decodes in the calling thread. Results are the same.
   * @defaultValue one per processor, at most 4; 0 where the package runs from its sources
   */
  readonly workers?: number;
}

/** The Sentinel-2 product that a scene is of. */
export interface SceneProduct extends ProductMetadata {
  /** Whether values come as reflectance times 10,000 (`radiometricOffset: 'apply'`), not as they are stored. */
  readonly applied: boolean;
}

/** A scene of files. */
export interface OpenedScene extends Scene {
  /** The Sentinel-2 product that it is of; `undefined` for other files. */
  readonly product: SceneProduct | undefined;
}
