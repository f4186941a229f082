import { describe, expect, it } from 'vitest';
import { imageStatistics, statisticsOfParts } from './imageStatistics.js';
import type { ImageArray } from './types.js';

/** 4 x 3 pixels of two bands, chosen by hand. */
const first = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
const second = [27, 18, 28, 18, 28, 45, 90, 45, 23, 53, 60, 28];
const image: ImageArray = {
  data: Uint16Array.from(first.flatMap((value, i) => [value, second[i]])),
  shape: [4, 3, 2],
};

/** By the definitions. */
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const stdOf = (values: readonly number[]) => Math.sqrt(meanOf(values.map((value) => (value - meanOf(values)) ** 2)));

describe('statistics of an image', () => {
  it('are those of the population, band by band', () => {
    const { pixels, mean, std, min, max } = imageStatistics(image);
    expect(pixels).toBe(12);
    expect([min, max]).toEqual([
      [1, 18],
      [9, 90],
    ]);
    [first, second].forEach((values, band) => {
      expect(mean[band]).toBeCloseTo(meanOf(values), 12);
      expect(std[band]).toBeCloseTo(stdOf(values), 12);
    });
  });

  it('are the same when the image comes in parts, some of them empty', () => {
    const parts = statisticsOfParts(2);
    parts.add({ data: image.data.slice(0, 6), shape: [1, 3, 2] });
    parts.add({ data: new Uint16Array(0), shape: [0, 3, 2] });
    parts.add({ data: new Uint16Array(6), shape: [1, 3, 2] }, [0, 0, 0]);
    parts.add({ data: image.data.slice(6), shape: [3, 3, 2] });
    const [whole, merged] = [imageStatistics(image), parts.statistics()];
    expect(merged).toMatchObject({ pixels: 12, min: whole.min, max: whole.max });
    for (const band of [0, 1]) {
      expect(merged.mean[band]).toBeCloseTo(whole.mean[band], 12);
      expect(merged.std[band]).toBeCloseTo(whole.std[band], 12);
    }
  });

  it('leave out what is not valid', () => {
    const valid = first.map((value) => (value === 5 || value === 9 ? 0 : 7));
    const { pixels, std, max } = imageStatistics(image, valid);
    const left = first.filter((_, i) => valid[i] > 0);
    expect([pixels, max[0]]).toEqual([left.length, 8]);
    expect(std[0]).toBeCloseTo(stdOf(left), 12);
  });

  it('lose nothing on bright and nearly even ground, in parts of any size', () => {
    const parts = statisticsOfParts(1);
    const noise = (i: number) => 6e6 + (i % 2);
    for (const length of [1, 9, 90, 900, 9000]) {
      parts.add({ data: Float32Array.from({ length }, (_, i) => noise(i)), shape: [1, length, 1] });
    }
    const all = [1, 9, 90, 900, 9000].flatMap((length) => Array.from({ length }, (_, i) => noise(i)));
    expect(parts.statistics().std[0]).toBeCloseTo(stdOf(all), 9);
  });

  it('need pixels, bands and as many flags as pixels', () => {
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => imageStatistics(image, new Uint8Array(12))).toThrow(code('nodata'));
    expect(() => imageStatistics(image, new Uint8Array(11))).toThrow(code('shape-mismatch'));
    expect(() => statisticsOfParts(3).add(image)).toThrow(code('shape-mismatch'));
  });
});
