import { describe, expect, it } from 'vitest';
import { computeStatistics } from '../normalisation/computeStatistics.js';
import { segmentationFromArrays } from './segmentationFromArrays.js';
import { subset } from './subset.js';

const image = { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2, 1] as const };
const mask = { data: Uint8Array.of(0, 1, 255, 1), shape: [2, 2] as const };
const rest = { classes: ['a', 'b'], bands: ['B02'] };

describe('images and masks in memory', () => {
  it('are a dataset', async () => {
    const dataset = segmentationFromArrays({ images: [image], masks: [mask], ...rest, info: { name: 'mine' } });
    expect(dataset.info).toMatchObject({ name: 'mine', classes: ['a', 'b'], imageSize: [2, 2] });
    expect(await dataset.get(0)).toEqual({ image, mask, meta: { id: '0' } });
    await expect(dataset.get(1)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('have parts and statistics like any images', async () => {
    const other = { data: Uint8Array.of(9, 9, 9, 9), shape: [2, 2, 1] as const };
    const dataset = segmentationFromArrays({ images: [image, other], masks: [mask, mask], ...rest });
    const part = subset(dataset, [1, 0], { split: 'turned' });
    expect((await part.get(1)).mask).toBe(mask);
    expect(part.info).toMatchObject({ split: 'turned', classes: ['a', 'b'] });
    expect((await computeStatistics(subset(dataset, [0]))).mean).toEqual([2.5]);
  });

  it.each([
    ['invalid-argument', { images: [image], masks: [] }],
    ['invalid-argument', { images: [image], masks: [{ ...mask, data: Uint8Array.of(0, 1, 2, 1) }] }],
    ['invalid-argument', { images: [image], masks: [mask], classes: [] }],
    ['shape-mismatch', { images: [image], masks: [{ data: new Uint8Array(3), shape: [1, 3] as const }] }],
    ['shape-mismatch', { images: [image], masks: [mask], bands: ['B02', 'B03'] }],
  ])('that contradict each other are refused: %s', (code, options) => {
    expect(() => segmentationFromArrays({ ...rest, ...options })).toThrow(expect.objectContaining({ code }));
  });
});
