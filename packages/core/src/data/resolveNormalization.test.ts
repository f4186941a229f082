import { describe, expect, it } from 'vitest';
import { imageStatistics } from './imageStatistics.js';
import type { Normalization } from './normalization.js';
import {
  checkNormalization,
  fixedNormalization,
  imageNormalization,
  normalizeImage,
  resolveNormalization,
  resolveWithStatistics,
  scalingOfNormalization,
} from './resolveNormalization.js';
import type { ImageArray } from './types.js';

const oneBand = (values: readonly number[]): ImageArray => ({
  data: Uint16Array.from(values),
  shape: [1, values.length, 1],
});
const normalized = (normalization: Normalization, image: ImageArray, valid?: readonly number[]) => [
  ...normalizeImage(image, resolveNormalization(normalization, image, valid)),
];
const code = (name: string) => expect.objectContaining({ code: name });

describe('a normalization', () => {
  it('by z-scores takes the deviation of the population: two values become -1 and 1', () => {
    expect(normalized([{ scheme: 'image-z-score' }], oneBand([100, 300]))).toEqual([-1, 1]);
  });

  it('by z-scores makes even ground 0', () => {
    expect(normalized([{ scheme: 'image-z-score' }], oneBand([7, 7, 7]))).toEqual([0, 0, 0]);
    const { scaling } = resolveNormalization([{ scheme: 'image-z-score' }], oneBand([7, 7, 7]));
    expect(scaling.std).toEqual([1e-8]);
  });

  it('by the range gives 0 to 1, and even ground 0', () => {
    expect(normalized([{ scheme: 'image-min-max' }], oneBand([50, 100, 250]))).toEqual([0, 0.25, 1]);
    expect(normalized([{ scheme: 'image-min-max' }], oneBand([9, 9]))).toEqual([0, 0]);
  });

  it('by fixed numbers cuts off first: the recipe of nnU-Net for CT', () => {
    const ct: Normalization = [{ scheme: 'fixed', mean: 100, std: 50, clip: [80, 200] }];
    expect(normalized(ct, oneBand([0, 90, 1000])).map((value) => Number(value.toFixed(6)))).toEqual([-0.4, -0.2, 2]);
    expect(resolveNormalization([{ scheme: 'fixed', mean: 0, std: 10_000 }], oneBand([1])).clip).toBeUndefined();
  });

  it('looks at valid pixels only when told which are', () => {
    const scores = normalized([{ scheme: 'image-z-score' }], oneBand([0, 100, 300]), [0, 1, 1]);
    expect(scores).toEqual([-2, -1, 1]);
  });

  it('leaves out pixels without data in any band, as long as there are others', () => {
    const image: ImageArray = { data: Uint16Array.of(0, 0, 0, 100, 300, 300), shape: [3, 1, 2] };
    const scores = imageNormalization('image-z-score', 2, 0);
    // of the second and third pixel: 0 and 300, 100 and 300
    expect(normalized(scores, image)).toEqual([-1, -2, -1, -1, 1, 1]);
    expect(normalized(scores, { data: new Uint16Array(4), shape: [2, 1, 2] })).toEqual([0, 0, 0, 0]);
    // a band that cannot be without data settles it
    expect(normalized([scores[0], { scheme: 'image-min-max' }], image).slice(1, 2)).toEqual([0]);
    expect(resolveNormalization([scores[0], { scheme: 'image-z-score' }], image).scaling.mean).toEqual([100, 400 / 3]);
  });

  it('treats each band by its own rule, interleaved', () => {
    const image: ImageArray = { data: Float32Array.of(1, 10, 100, 3, 30, 900), shape: [2, 1, 3] };
    const mixed: Normalization = [
      { scheme: 'image-z-score' },
      { scheme: 'image-min-max' },
      { scheme: 'fixed', mean: 100, std: 100, clip: [0, 500] },
    ];
    expect(normalized(mixed, image)).toEqual([-1, 0, 0, 1, 1, 4]);
  });

  it('resolves by statistics that are known already, and not without them', () => {
    const image = oneBand([5, 8, 1, 90]);
    const zScore = imageNormalization('image-z-score', 1);
    expect(resolveWithStatistics(zScore, imageStatistics(image))).toEqual(resolveNormalization(zScore, image));
    expect(() => resolveWithStatistics(zScore, undefined)).toThrow(code('invalid-argument'));
    expect(() => resolveWithStatistics(imageNormalization('image-min-max', 2), imageStatistics(image))).toThrow(
      code('shape-mismatch'),
    );
  });

  it('by fixed numbers is a scaling and back, unless something is cut off or computed', () => {
    const scaling = { name: 'x', mean: [1, 2], std: [3, 4] };
    const fixed = fixedNormalization(scaling);
    expect(scalingOfNormalization(fixed, 'x')).toEqual(scaling);
    expect(scalingOfNormalization([fixed[0], { scheme: 'fixed', mean: 2, std: 4, clip: [0, 1] }])).toBeUndefined();
    expect(scalingOfNormalization([fixed[0], { scheme: 'image-z-score' }])).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['another number of bands', imageNormalization('image-z-score', 2), 'shape-mismatch'],
    ['a scheme there is not', [{ scheme: 'z-score' }], 'invalid-argument'],
    ['a nodata value that is no number', [{ scheme: 'image-z-score', nodata: Number.NaN }], 'invalid-argument'],
    ['a deviation of 0', [{ scheme: 'fixed', mean: 1, std: 0 }], 'invalid-argument'],
    ['a mean that is no number', [{ scheme: 'fixed', mean: Number.NaN, std: 1 }], 'invalid-argument'],
    ['limits the wrong way round', [{ scheme: 'fixed', mean: 1, std: 1, clip: [2, 1] }], 'invalid-argument'],
  ])('is refused for %s', (_, normalization, expected) => {
    expect(() => checkNormalization(normalization as Normalization, 1)).toThrow(code(expected));
  });

  it('fits its image', () => {
    const image = oneBand([1, 2]);
    expect(() => resolveNormalization(imageNormalization('image-z-score', 2), image)).toThrow(code('shape-mismatch'));
    const resolved = resolveNormalization(imageNormalization('image-z-score', 1), image);
    expect(() => normalizeImage(image, resolved, new Float32Array(3))).toThrow(code('shape-mismatch'));
  });
});
