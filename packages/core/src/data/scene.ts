import type { ImageWindow } from '../segmentation/inference/types.js';
import type { ImageArray } from './types.js';

/** Where an image lies on Earth, as GeoTIFF says it. */
export interface GeoReference {
  /** Map x and y of the upper left corner of the upper left pixel. */
  readonly origin: readonly [number, number];
  /** Size of a pixel in map units: to the right, and down (negative where north is up). */
  readonly pixelSize: readonly [number, number];
  /**
   * Of images that are turned or sheared against the map: what map x gains a pixel further down, and map y a pixel further to the right.
   * Absent for all others.
   */
  readonly shear?: readonly [number, number] | undefined;
  /** EPSG code of the map's coordinates, when known. */
  readonly epsg: number | undefined;
  /** The GeoKey directory and what it refers to, as stored, so that nothing is lost on the way to another file. */
  readonly geoKeys?: GeoKeys | undefined;
}

/** The three GeoTIFF tags that say in which coordinates a map is. */
export interface GeoKeys {
  /** Tag 34735. */
  readonly directory: readonly number[];
  /** Tag 34736. */
  readonly doubles?: readonly number[] | undefined;
  /** Tag 34737. */
  readonly ascii?: string | undefined;
}

/** Some pixels of a scene. */
export interface ScenePixels {
  /** `[rows, columns, bands]`, native units. */
  readonly image: ImageArray;
  /** `[rows, columns]`: 1 where there are data, 0 where every band is without. */
  readonly valid: Uint8Array;
}

/** An image too large for memory, read in parts. */
export interface Scene {
  /** `[height, width]` in pixels. */
  readonly size: readonly [number, number];
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Where it lies; `undefined` for an image without georeference. */
  readonly geo: GeoReference | undefined;
  /**
   * @param window which part, inside the scene
   * @throws LulcError `corrupt-file`, `invalid-argument` … naming the file
   */
  read(window: ImageWindow): Promise<ScenePixels>;
  /** Frees what is open; safe to call twice. */
  close(): Promise<void>;
}
