import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A part of an image. */
export interface ImageWindow {
  /** First row. */
  readonly top: number;
  /** First column. */
  readonly left: number;
  /** Rows, all of them in the image. */
  readonly rows: number;
  /** Columns, all of them in the image. */
  readonly columns: number;
}

/**
 * Gives the pixels of a part of the image, scaled as the network was trained. Parts are asked for row by row from the top,
 * each row from the left.
 *
 * @param window which part
 * @returns `[rows, columns, bands]`, row-major; only read before the next call. `undefined` where there is nothing to see
 */
export type TileReader = (window: ImageWindow) => Float32Array | undefined | Promise<Float32Array | undefined>;

/** Finished rows of a blended image. */
export interface Strip {
  /** First row. */
  readonly top: number;
  /** Number of rows. */
  readonly rows: number;
  /** Columns of the image. */
  readonly width: number;
  /** Values per pixel; 0, and no values, in rows before the first of which there was anything to see. */
  readonly classes: number;
  /** `[rows, width, classes]`, row-major. Valid until the writer returns: the buffer is reused. */
  readonly values: Float32Array;
}

/**
 * Takes finished rows, from the top, without gaps.
 *
 * @param strip the rows
 */
export type StripWriter = (strip: Strip) => void | Promise<void>;

/**
 * Runs a network on a batch of tiles.
 *
 * @param tiles `[n, tileHeight, tileWidth, bands]`, row-major; valid until the promise is kept: the buffer is reused
 * @param shape its shape
 * @returns values of every pixel, `[n, tileHeight, tileWidth, classes]`, row-major
 */
export type TilePredictor = (
  tiles: Float32Array,
  shape: readonly [number, number, number, number],
) => Promise<Float32Array>;

/** What can be run over tiles: a segmenter, or any function of tiles. */
export type TileNetwork = LayersModel | TilePredictor;
