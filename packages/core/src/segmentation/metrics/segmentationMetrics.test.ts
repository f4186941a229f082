import { describe, expect, it } from 'vitest';
import { ignoreLabel } from '../../data/segmentation.js';
import { random } from '../../random/random.js';
import { segmentationScalarNames, segmentationScalars } from './report.js';
import { segmentationMetrics } from './segmentationMetrics.js';

const classes = ['water', 'forest', 'town', 'never'];

describe('segmentationMetrics', () => {
  /** Two images of four pixels; "never" is in neither; "town" only in the second. */
  const handMade = () => {
    const metrics = segmentationMetrics({ classes });
    metrics.update([0, 0, 1, 1, /* */ 2, 2, 1, 1], [0, 0, 0, 1, /* */ 2, 1, 1, ignoreLabel], 2);
    return metrics.report();
  };

  it('pools a matrix by hand, with an absent class', () => {
    const report = handMade();
    expect(report.confusion).toEqual([
      [2, 1, 0, 0],
      [0, 2, 1, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(report).toMatchObject({ images: 2, pixels: 7, ignored: 1, overallAccuracy: 5 / 7 });
    // Chance: (3·2 + 3·3 + 1·2) / 49.
    expect(report.kappa).toBeCloseTo((5 / 7 - 17 / 49) / (1 - 17 / 49), 12);
    expect(report.perClass.map(({ iou }) => iou)).toEqual([2 / 3, 2 / 4, 1 / 2, null]);
    expect(report.perClass.map(({ precision }) => precision)).toEqual([1, 2 / 3, 1 / 2, null]);
    expect(report.perClass.map(({ recall }) => recall)).toEqual([2 / 3, 2 / 3, 1, null]);
    expect(report.perClass.map(({ f1 }) => f1)).toEqual([4 / 5, 2 / 3, 2 / 3, null]);
    expect(report.meanIou).toBeCloseTo((2 / 3 + 1 / 2 + 1 / 2) / 3, 12);
    expect(report.meanAccuracy).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12);
    expect(report.meanF1).toBeCloseTo((4 / 5 + 2 / 3 + 2 / 3) / 3, 12);
    expect(report.foregroundF1).toBeCloseTo(2 / 3, 12);
  });

  it('differs from the reference as documented: per image, absent classes as 0', () => {
    const { reference } = handMade();
    expect(reference.iouImageMean).toEqual([2 / 3 / 2, (1 / 2 + 1 / 2) / 2, 1 / 2 / 2, 0]);
    expect(reference.meanIou).toBeCloseTo((1 / 3 + 1 / 2 + 1 / 4) / 4, 12);
    expect(reference.meanAccuracy).toBeCloseTo((1 + 2 / 3 + 1 / 2) / 4, 7);
    expect(reference.quickOverallAccuracy).toBeCloseTo(5 / 7, 12);
  });

  it('weighs a smaller last batch like the others in the quick accuracy only', () => {
    const metrics = segmentationMetrics({ classes });
    metrics.update([0, 0, 0, 0], [0, 0, 0, 1]);
    metrics.update([1], [0]);
    expect(metrics.report().overallAccuracy).toBe(3 / 5);
    expect(metrics.report().reference.quickOverallAccuracy).toBe((3 / 4 + 0) / 2);
  });

  it('is the same however the pixels are parted, and when parts are merged as JSON', () => {
    const draws = random(3);
    const image = () => Array.from({ length: 50 }, () => draws.integer(classes.length));
    const images = Array.from({ length: 6 }, () => ({
      predicted: image(),
      masks: image().map((label) => (draws.next() < 0.2 ? ignoreLabel : label)),
    }));
    const whole = segmentationMetrics({ classes });
    whole.update(
      Uint8Array.from(images.flatMap(({ predicted }) => predicted)),
      Uint8Array.from(images.flatMap(({ masks }) => masks)),
      images.length,
    );
    const parts = [0, 3].map((from) => {
      const metrics = segmentationMetrics({ classes });
      for (const { predicted, masks } of images.slice(from, from + 3)) metrics.update(predicted, masks);
      return metrics;
    });
    parts[0].merge(JSON.parse(JSON.stringify(parts[1].counts())));
    const { quickOverallAccuracy: _, iouImageMean, ...reference } = whole.report().reference;
    const merged = parts[0].report();
    const pooled = { ...whole.report(), reference: undefined };
    expect({ ...merged, reference: undefined }).toEqual(pooled);
    expect(merged.reference).toMatchObject({ ...reference, meanIou: expect.closeTo(reference.meanIou, 12) });
    iouImageMean.forEach((value, c) => {
      expect(merged.reference.iouImageMean[c]).toBeCloseTo(value, 12);
    });
  });

  it('leaves images without a pixel that counts out of the means over images', () => {
    const metrics = segmentationMetrics({ classes });
    expect(metrics.update([0, 1], [0, 1])).toBe(2);
    expect(metrics.update([0, 1], [ignoreLabel, ignoreLabel])).toBe(0);
    const { reference, images, ignored } = metrics.report();
    expect({ images, ignored }).toEqual({ images: 2, ignored: 2 });
    expect(reference).toMatchObject({ iouImageMean: [1, 1, 0, 0], quickOverallAccuracy: 1 });
  });

  it('counts exactly beyond what 32 bits hold', () => {
    const metrics = segmentationMetrics({ classes: ['a', 'b'] });
    metrics.update([0], [0]);
    const { counts, merge, report } = metrics;
    for (let i = 0; i < 40; i++) merge(counts());
    expect(report().pixels).toBe(2 ** 40);
  });

  it('has nothing but zeros and nulls to report of nothing', () => {
    const report = segmentationMetrics({ classes }).report();
    expect(segmentationScalars(report)).toEqual(Object.fromEntries(segmentationScalarNames.map((name) => [name, 0])));
    expect(report.perClass[0]).toEqual({
      name: 'water',
      support: 0,
      predicted: 0,
      precision: null,
      recall: null,
      f1: null,
      iou: null,
    });
  });

  it.each([
    ['a mask value that is no class', [0, 1], [0, 4], 1, 'invalid-argument'],
    ['a prediction that is no class', [0, 4], [0, 1], 1, 'invalid-argument'],
    ['a prediction that is NaN', [0, Number.NaN], [0, 1], 1, 'invalid-argument'],
    ['other lengths', [0], [0, 1], 1, 'shape-mismatch'],
    ['images of unequal size', [0, 1, 1], [0, 1, 1], 2, 'shape-mismatch'],
  ] as const)('refuses %s and counts nothing of the batch', (_, predicted, masks, images, code) => {
    const metrics = segmentationMetrics({ classes });
    expect(() => metrics.update(predicted, masks, images)).toThrow(expect.objectContaining({ code }));
    expect(metrics.report()).toMatchObject({ pixels: 0, images: 0 });
  });

  it('refuses to merge other classes, and none at all', () => {
    const other = segmentationMetrics({ classes: ['a'] }).counts();
    expect(() => segmentationMetrics({ classes }).merge(other)).toThrow(/of 1 classes, not of 4/);
    expect(() => segmentationMetrics({ classes: [] })).toThrow(/1 to 255 classes/);
  });
});
