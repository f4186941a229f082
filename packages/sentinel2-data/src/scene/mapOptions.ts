import type { GeoReference } from '@lulc/core';

/** Number type of a map: `uint8`, `uint16` or `float32`. */
export type MapType = 'uint8' | 'uint16' | 'float32';

/** Values of a map, of its type. */
export type MapValues = Uint8Array | Uint16Array | Float32Array;

/** What a map is, whatever it holds. */
export interface MapOptions {
  /** File to make or replace; its folder is made when there is none. */
  readonly path: string;
  /** `[height, width]` in pixels. */
  readonly size: readonly [number, number];
  /** Number type of the values. */
  readonly type: MapType;
  /**
   * Values per pixel.
   * @defaultValue 1
   */
  readonly bands?: number;
  /** Value that means "no data"; it is named in the file, and fills tiles beyond the edge. Default: none, and 0. */
  readonly nodata?: number;
  /** Where it lies: that of the scene it is a map of. */
  readonly geo?: GeoReference | undefined;
  /** What each band is, for the user of a GIS. */
  readonly descriptions?: readonly string[];
  /** What stored values are to be multiplied with, as a GIS does: 0.01 for a share in percent. */
  readonly scale?: number;
  /**
   * Height and width of the file's tiles, a multiple of 16.
   * @defaultValue 256
   */
  readonly tile?: number;
  /**
   * How hard deflate tries, 1 (fast) … 9 (small).
   * @defaultValue 6
   */
  readonly level?: number;
}

/** Some rows of a map. */
export interface MapRows {
  /** First row. */
  readonly top: number;
  /** Number of rows. */
  readonly rows: number;
  /** `[rows, width, bands]`, of the map's type. Read before `write` returns its promise. */
  readonly data: MapValues;
}

/** A map that is being written. */
export interface MapWriter {
  /**
   * Takes the next rows, from the top, without gaps. Wait for it before the next call.
   *
   * @throws LulcError `invalid-argument` for rows that are not the next ones, `shape-mismatch` for another number or type of
   *   values, and what the system says to the file. The map is then given up
   */
  write(rows: MapRows): Promise<void>;
  /**
   * Finishes the file, which is then at its path.
   *
   * @throws LulcError `invalid-argument` when rows are missing; the map is then given up
   */
  close(): Promise<void>;
  /** Gives the map up: nothing is left of it. Safe to call after `close`, which it does not undo, and twice. */
  abort(): Promise<void>;
}
