import type { BandOrderName } from '../bands/bandOrders.js';
import type { ResampleMethod } from '../raster/resample.js';

/** What `openScene` is asked for. Plain data: it may come from a configuration file. */
export interface OpenSceneOptions {
  /**
   * A GeoTIFF with all bands (a PNG or JPEG is read, too, whole), or a folder with a file per band whose names end in the band's or
   * hold it between underscores: `B02.tif`, `LC08_…_B4.TIF`, `T32TQM_…_B08_10m.tif` (of several resolutions the finest is taken).
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
   * Bytes of decoded blocks that are kept, so that overlapping windows decode them once. Windows in rows from the top, as
   * inference asks for them, need the blocks of one row of windows.
   * @defaultValue 256 MiB
   */
  readonly cacheBytes?: number;
}
