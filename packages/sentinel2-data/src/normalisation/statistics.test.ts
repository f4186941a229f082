import { describe, expect, it } from 'vitest';
import { bandOrders } from '../bands/bandOrders.js';
import { fromArrays } from '../dataset/fromArrays.js';
import { computeStatistics } from './computeStatistics.js';
import { scalingFor, scalingIfKnown } from './statistics.js';

describe('named statistics', () => {
  it('come in the order of the bands asked for', () => {
    const { mean, std } = scalingFor('bigearthnet-v1', ['B12', 'b02', 'VV']);
    expect(mean).toEqual([1009.32729131, 429.9430203, -12.619993741972035]);
    expect(std).toEqual([818.86747235, 572.41639287, 5.115911777546365]);
  });

  it('cover the ten bands of the benchmark for both datasets', () => {
    for (const name of ['bigearthnet-v1', 'sen12ms']) {
      expect(scalingFor(name, bandOrders['bigearthnet-mm']).std.every((std) => std > 0)).toBe(true);
    }
  });

  it('say what is not there', () => {
    expect(() => scalingFor('bigearthnet', ['B02'])).toThrow(/Did you mean 'bigearthnet-v1'/);
    expect(() => scalingFor('sen12ms', ['B01'])).toThrow(/no band 'B01'/);
    expect(scalingIfKnown('sen12ms', ['B01'])).toBeUndefined();
  });
});

describe('computed statistics', () => {
  const images = [
    { data: Uint16Array.of(1, 100, 2, 100, 3, 100, 4, 104), shape: [2, 2, 2] as const },
    { data: Uint16Array.of(5, 108, 6, 100), shape: [1, 2, 2] as const },
  ];
  const dataset = fromArrays({ images, labels: [[0], [0]], classes: ['a'], bands: ['B02', 'B03'] });

  it('are mean and deviation over all pixels, whatever the size of the images', async () => {
    const { mean, std, name } = await computeStatistics(dataset);
    const exact = (values: number[]) => {
      const m = values.reduce((a, b) => a + b) / values.length;
      return [m, Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length)];
    };
    const first = exact([1, 2, 3, 4, 5, 6]);
    const second = exact([100, 100, 100, 104, 108, 100]);
    expect(mean[0]).toBeCloseTo(first[0], 12);
    expect(std[0]).toBeCloseTo(first[1], 12);
    expect(mean[1]).toBeCloseTo(second[0], 12);
    expect(std[1]).toBeCloseTo(second[1], 12);
    expect(name).toBe('arrays all');
  });

  it('lose no precision on a large offset', async () => {
    const data = Float32Array.from({ length: 10000 }, (_, i) => 1e6 + (i % 2));
    const far = fromArrays({
      images: [{ data, shape: [100, 100, 1] }],
      labels: [[0]],
      classes: ['a'],
      bands: ['B02'],
    });
    expect((await computeStatistics(far)).std[0]).toBeCloseTo(0.5, 9);
  });

  it('refuse a constant band, which cannot be scaled', async () => {
    const flat = fromArrays({
      images: [{ data: new Uint8Array(4), shape: [2, 2, 1] }],
      labels: [[0]],
      classes: ['a'],
      bands: ['B02'],
    });
    await expect(computeStatistics(flat)).rejects.toMatchObject({ code: 'nodata', where: { band: 'B02' } });
  });
});
