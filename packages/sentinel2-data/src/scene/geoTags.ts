import type { GeoKeys, GeoReference } from '@lulc/core';
import type { TiffField } from './tiffDirectory.js';

/** The GeoTIFF tags of a file, as stored; absent ones are `undefined`. */
export interface GeoTags {
  /** Tag 33550. */
  readonly pixelScale: ArrayLike<number> | undefined;
  /** Tag 33922. */
  readonly tiepoint: ArrayLike<number> | undefined;
  /** Tag 34264. */
  readonly transformation: ArrayLike<number> | undefined;
  /** Tags 34735 to 34737. */
  readonly geoKeys: GeoKeys | undefined;
}

/** GeoKeys that are looked at or made. */
const key = { modelType: 1024, rasterType: 1025, geographic: 2048, projected: 3072 } as const;

/** Value of the raster type of files whose coordinates are those of the middle of pixels. */
const pixelIsPoint = 2;

/** An EPSG code that says "described otherwise". */
const userDefined = 32767;

/**
 * Where the image of a GeoTIFF lies.
 *
 * @param tags of the file
 * @returns `undefined` without georeference
 */
export function geoReferenceOf(tags: GeoTags): GeoReference | undefined {
  const place = placement(tags);
  if (place === undefined) return undefined;
  const half = keyValue(tags.geoKeys, key.rasterType) === pixelIsPoint ? 0.5 : 0;
  const code = keyValue(tags.geoKeys, key.projected) ?? keyValue(tags.geoKeys, key.geographic);
  return {
    ...place,
    origin: mapPoint(place, -half, -half),
    epsg: code === userDefined ? undefined : code,
    ...(tags.geoKeys === undefined ? {} : { geoKeys: tags.geoKeys }),
  };
}

/** What turns columns and rows into map coordinates. */
type Placement = Pick<GeoReference, 'origin' | 'pixelSize' | 'shear'>;

/**
 * Map coordinates of a place in an image.
 *
 * @param place where the image lies
 * @param column from its left edge, in pixels
 * @param row from its upper edge, in pixels
 */
export function mapPoint({ origin, pixelSize, shear = [0, 0] }: Placement, column: number, row: number) {
  return [
    origin[0] + column * pixelSize[0] + row * shear[0],
    origin[1] + column * shear[1] + row * pixelSize[1],
  ] as const;
}

/** @returns without `shear` where the image lies straight */
export function placementOf(
  origin: Placement['origin'],
  pixelSize: Placement['pixelSize'],
  shear: NonNullable<Placement['shear']>,
): Placement {
  return shear.some((step) => step !== 0) ? { origin, pixelSize, shear } : { origin, pixelSize };
}

function placement({ pixelScale, tiepoint, transformation }: GeoTags): Placement | undefined {
  if (transformation !== undefined && transformation.length === 16) {
    const [a, b, , x, c, d, , y] = Array.from(transformation);
    return placementOf([x, y], [a, d], [b, c]);
  }
  if (pixelScale === undefined || tiepoint === undefined || tiepoint.length < 6) return undefined;
  const [column, row, , x, y] = Array.from(tiepoint);
  const pixelSize = [pixelScale[0], -pixelScale[1]] as const;
  return { origin: [x - column * pixelSize[0], y - row * pixelSize[1]], pixelSize };
}

/** The value of a key that holds it in the directory itself. */
function keyValue(geoKeys: GeoKeys | undefined, id: number): number | undefined {
  const directory = geoKeys?.directory ?? [];
  for (let at = 4; at + 3 < directory.length; at += 4) {
    if (directory[at] === id && directory[at + 1] === 0) return directory[at + 3];
  }
  return undefined;
}

/**
 * The tags that say where an image lies.
 *
 * @param geo the place
 */
export function geoFields(geo: GeoReference): readonly TiffField[] {
  const geoKeys = geo.geoKeys ?? keysOf(geo.epsg);
  const half = keyValue(geoKeys, key.rasterType) === pixelIsPoint ? 0.5 : 0;
  const [width, height] = geo.pixelSize;
  const [x, y] = mapPoint(geo, half, half);
  const [right, down] = geo.shear ?? [0, 0];
  // A scale cannot say that rows go up, or that they are turned.
  const place: readonly TiffField[] =
    height < 0 && width > 0 && right === 0 && down === 0
      ? [
          { tag: 33550, type: 'double', values: [width, -height, 0] },
          { tag: 33922, type: 'double', values: [0, 0, 0, x, y, 0] },
        ]
      : [{ tag: 34264, type: 'double', values: [width, right, 0, x, down, height, 0, y, 0, 0, 0, 0, 0, 0, 0, 1] }];
  const { directory, doubles, ascii } = geoKeys ?? { directory: [] };
  return [
    ...place,
    ...(directory.length > 0 ? [{ tag: 34735, type: 'short', values: directory } as const] : []),
    ...(doubles !== undefined && doubles.length > 0 ? [{ tag: 34736, type: 'double', values: doubles } as const] : []),
    ...(ascii !== undefined && ascii.length > 0 ? [{ tag: 34737, type: 'ascii', values: ascii } as const] : []),
  ];
}

/** The GeoKeys of an EPSG code: 4000 to 4999 are geographic coordinates (GeoTIFF 1.0, section 6.3.2). */
function keysOf(epsg: number | undefined): GeoKeys | undefined {
  if (epsg === undefined) return undefined;
  const geographic = epsg >= 4000 && epsg < 5000;
  const keys = [
    [key.modelType, geographic ? 2 : 1],
    [key.rasterType, 1],
    [geographic ? key.geographic : key.projected, epsg],
  ];
  return { directory: [1, 1, 0, keys.length, ...keys.flatMap(([id, value]) => [id, 0, 1, value])] };
}
