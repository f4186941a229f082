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

  it('takes a transformation that only scales, none that turns', () => {
    const matrix = (turn: number) => [10, turn, 0, 500, -turn, -10, 0, 900, 0, 0, 0, 0, 0, 0, 0, 1];
    const scaled = geoReferenceOf({ ...nothing, transformation: matrix(0) });
    expect(scaled).toEqual({ origin: [500, 900], pixelSize: [10, -10], epsg: undefined });
    expect(geoReferenceOf({ ...nothing, transformation: matrix(1) })).toBeUndefined();
    expect(geoReferenceOf(nothing)).toBeUndefined();
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
