import type { GeoReference } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { type GeoTags, geoFields, geoReferenceOf } from './geoTags.js';

const nothing: GeoTags = { pixelScale: undefined, tiepoint: undefined, transformation: undefined, geoKeys: undefined };
const keys = (...entries: [number, number][]) => ({
  directory: [1, 1, 0, entries.length, ...entries.flatMap(([id, value]) => [id, 0, 1, value])],
});

describe('geoReferenceOf', () => {
  it.each([
    ['a tie at the corner', { tiepoint: [0, 0, 0, 500, 900, 0] }, [500, 900]],
    ['a tie inside', { tiepoint: [10, 20, 0, 600, 700, 0] }, [500, 900]],
    ['the middle of a pixel', { tiepoint: [0, 0, 0, 505, 895, 0], geoKeys: keys([1025, 2]) }, [500, 900]],
  ] as const)('knows the corner from %s', (_, tags, origin) => {
    const geo = geoReferenceOf({ ...nothing, pixelScale: [10, 10, 0], ...tags });
    expect(geo).toMatchObject({ origin, pixelSize: [10, -10] });
  });

  const matrix = (right: number, down: number) => [10, right, 0, 500, down, -10, 0, 900, 0, 0, 0, 0, 0, 0, 0, 1];

  it('takes a transformation that scales, and one that turns', () => {
    const scaled = { origin: [500, 900], pixelSize: [10, -10], epsg: undefined };
    expect(geoReferenceOf({ ...nothing, transformation: matrix(0, 0) })).toEqual(scaled);
    expect(geoReferenceOf({ ...nothing, transformation: matrix(3, 1) })).toEqual({ ...scaled, shear: [3, 1] });
    expect(geoReferenceOf(nothing)).toBeUndefined();
  });

  it.each([1, 2])('gives turned images as they were, raster type %i', (rasterType) => {
    const geoKeys = keys([1025, rasterType], [3072, 32633]);
    const geo = geoReferenceOf({ ...nothing, transformation: matrix(3, 1), geoKeys });
    // half a pixel to the right and down is (6.5, -4.5) on the map
    expect(geo?.origin).toEqual(rasterType === 1 ? [500, 900] : [493.5, 904.5]);
    const fields = geoFields(geo as GeoReference);
    expect(fields.find(({ tag }) => tag === 34264)?.values).toEqual(matrix(3, 1));
    expect(fields.map(({ tag }) => tag)).not.toContain(33550);
  });

  it.each([
    [[[3072, 32633]], 32633],
    [[[2048, 4326]], 4326],
    [
      [
        [2048, 4326],
        [3072, 32767],
      ],
      undefined,
    ],
    [[[1024, 1]], undefined],
  ] as [[number, number][], number | undefined][])('reads the EPSG code of %j', (entries, epsg) => {
    const tags = { pixelScale: [1, 1, 0], tiepoint: [0, 0, 0, 0, 0, 0], geoKeys: keys(...entries) };
    expect(geoReferenceOf({ ...nothing, ...tags })?.epsg).toBe(epsg);
  });
});

it('says of geographic and projected codes which they are', () => {
  const keysFor = (epsg: number) =>
    geoFields({ origin: [0, 0], pixelSize: [1, -1], epsg }).find(({ tag }) => tag === 34735)?.values;
  expect(keysFor(4326)).toEqual([1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326]);
  expect(keysFor(32632)).toEqual([1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632]);
});
