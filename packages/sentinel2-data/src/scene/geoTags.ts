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
 * @returns `undefined` without georeference, and for images that are turned or sheared against the map
 */
export function geoReferenceOf(tags: GeoTags): GeoReference | undefined {
  const line = placement(tags);
  if (line === undefined) return undefined;
  const { origin, pixelSize } = line;
  const half = keyValue(tags.geoKeys, key.rasterType) === pixelIsPoint ? 0.5 : 0;
  const code = keyValue(tags.geoKeys, key.projected) ?? keyValue(tags.geoKeys, key.geographic);
  return {
    origin: [origin[0] - half * pixelSize[0], origin[1] - half * pixelSize[1]],
    pixelSize,
    epsg: code === userDefined ? undefined : code,
    ...(tags.geoKeys === undefined ? {} : { geoKeys: tags.geoKeys }),
  };
}

function placement({
  pixelScale,
  tiepoint,
  transformation,
}: GeoTags): Pick<GeoReference, 'origin' | 'pixelSize'> | undefined {
  if (transformation !== undefined && transformation.length === 16) {
    const [a, b, , x, c, d, , y] = Array.from(transformation);
    return b === 0 && c === 0 ? { origin: [x, y], pixelSize: [a, d] } : undefined;
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
  const [x, y] = [geo.origin[0] + half * width, geo.origin[1] + half * height];
  // A scale cannot say that rows go up.
  const place: readonly TiffField[] =
    height < 0 && width > 0
      ? [
          { tag: 33550, type: 'double', values: [width, -height, 0] },
          { tag: 33922, type: 'double', values: [0, 0, 0, x, y, 0] },
        ]
      : [{ tag: 34264, type: 'double', values: [width, 0, 0, x, 0, height, 0, y, 0, 0, 0, 0, 0, 0, 0, 1] }];
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
