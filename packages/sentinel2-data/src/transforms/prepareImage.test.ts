import { type ImageArray, isLulcError, random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { resample } from '../raster/resample.js';
import { type Augmentation, checkAugmentation, drawPlan } from './augmentation.js';
import { type Preparation, prepareImage } from './prepareImage.js';

const numbered = (height: number, width: number, bands: number): ImageArray => ({
  data: Uint16Array.from({ length: height * width * bands }, (_, i) => i + 1),
  shape: [height, width, bands],
});

function prepared(image: ImageArray, options: Partial<Preparation>, epoch = 0, index = 0): Float32Array {
  const size = options.size ?? [image.shape[0], image.shape[1]];
  const out = new Float32Array(size[0] * size[1] * image.shape[2]);
  prepareImage(
    image,
    { seed: 0, augment: {}, scaling: undefined, resize: 'bicubic', ...options, size },
    epoch,
    index,
    out,
  );
  return out;
}

it('normalises by the image itself, cutting off first, before it is resized', () => {
  const image: ImageArray = { data: Uint16Array.of(100, 5, 300, 900), shape: [1, 2, 2] };
  const normalization = [{ scheme: 'image-z-score' }, { scheme: 'fixed', mean: 5, std: 10, clip: [0, 105] }] as const;
  expect([...prepared(image, { normalization })]).toEqual([-1, 0, 1, 10]);
  const augment = { brightness: 0.5 };
  const [first, second] = [prepared(image, { normalization, augment }), prepared(image, { augment })];
  const gain = second[0] / 100;
  // what is cut off is the image, not what becomes of it
  expect(first[3]).toBeCloseTo((105 * gain - 5) / 10, 4);
});

/** The eight ways to lay down a square, by composing two of them. */
function eightPlacements(image: ImageArray): string[] {
  const [n, , bands] = image.shape;
  const at = (data: ArrayLike<number>, y: number, x: number) =>
    Array.from({ length: bands }, (_, b) => data[(y * n + x) * bands + b]);
  const build = (data: ArrayLike<number>, pixel: (y: number, x: number) => [number, number]) =>
    Array.from({ length: n }, (_, y) => Array.from({ length: n }, (_, x) => at(data, ...pixel(y, x))).flat()).flat();
  const placements: string[] = [];
  let turned: number[] = Array.from(image.data);
  for (let k = 0; k < 4; k++) {
    placements.push(turned.join(), build(turned, (y, x) => [y, n - 1 - x]).join());
    turned = build(turned, (y, x) => [n - 1 - x, y]);
  }
  return placements;
}

describe('preparing a sample', () => {
  it('leaves it as it is when nothing is asked for', () => {
    const image = numbered(3, 4, 2);
    expect([...prepared(image, {})]).toEqual([...image.data]);
  });

  it('scales every band by its own statistics', () => {
    const scaling = { name: 'test', mean: [1, 10], std: [2, 4] };
    const out = prepared({ data: Uint8Array.of(5, 2, 1, 10), shape: [1, 2, 2] }, { scaling });
    expect([...out]).toEqual([2, -2, 0, 0]);
  });

  it('turns and mirrors into exactly the eight placements, each as often', () => {
    const image = numbered(4, 4, 3);
    const augment: Augmentation = { horizontalFlip: true, verticalFlip: true, rot90: true };
    const counts = new Map(eightPlacements(image).map((placement) => [placement, 0]));
    expect(counts.size).toBe(8);
    for (let i = 0; i < 1600; i++) {
      const placement = prepared(image, { augment, seed: 7 }, 3, i).join();
      expect(counts.has(placement)).toBe(true);
      counts.set(placement, (counts.get(placement) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('only turns when only turning is asked for, and by half turns when the image is not square', () => {
    const square = numbered(3, 3, 1);
    const proper = eightPlacements(square).filter((_, i) => i % 2 === 0);
    const seen = new Set(
      Array.from({ length: 100 }, (_, i) => prepared(square, { augment: { rot90: true } }, 0, i).join()),
    );
    expect([...seen].sort()).toEqual([...proper].sort());
    const oblong = new Set(
      Array.from({ length: 60 }, (_, i) => prepared(numbered(1, 3, 1), { augment: { rot90: true } }, 0, i).join()),
    );
    expect([...oblong].sort()).toEqual(['1,2,3', '3,2,1']);
  });

  it('depends on seed, epoch and index, and on nothing else', () => {
    const image = numbered(8, 8, 2);
    const augment: Augmentation = { rot90: true, shift: 3, brightness: 0.2, bandGain: 0.1, bandOffset: 5 };
    const reference = prepared(image, { augment, seed: 1 }, 2, 3);
    expect(prepared(image, { augment, seed: 1 }, 2, 3)).toEqual(reference);
    expect(prepared(image, { augment, seed: 2 }, 2, 3)).not.toEqual(reference);
    expect(prepared(image, { augment, seed: 1 }, 3, 3)).not.toEqual(reference);
    expect(prepared(image, { augment, seed: 1 }, 2, 4)).not.toEqual(reference);
  });

  it('shifts by whole pixels and mirrors at the edge', () => {
    const row: ImageArray = { data: Uint8Array.of(1, 2, 3, 4, 5), shape: [1, 5, 1] };
    const possible = ['3,2,1,2,3', '2,1,2,3,4', '1,2,3,4,5', '2,3,4,5,4', '3,4,5,4,3'];
    const seen = new Set(Array.from({ length: 200 }, (_, i) => prepared(row, { augment: { shift: 2 } }, 0, i).join()));
    expect([...seen].sort()).toEqual([...possible].sort());
  });

  it('cuts windows from all over the image and resizes them like any image', () => {
    const image = numbered(6, 6, 1);
    const corners = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const out = prepared(image, { augment: { crop: [4, 4] }, size: [4, 4] }, 0, i);
      corners.add(out[0]);
      expect(out[1] - out[0]).toBe(1);
      expect(out[4] - out[0]).toBe(6);
    }
    expect([...corners].sort((a, b) => a - b)).toEqual([1, 2, 3, 7, 8, 9, 13, 14, 15]);
    const resized = prepared(image, { size: [9, 3] });
    expect([...resized]).toEqual([...resample(image, [9, 3], 'bicubic')]);
  });

  it('scales and resizes in either order alike', () => {
    const image = numbered(6, 6, 2);
    const scaling = { name: 'test', mean: [20, 40], std: [10, 7] };
    const out = prepared(image, { scaling, size: [10, 10] });
    const plain = resample(image, [10, 10], 'bicubic');
    out.forEach((value, i) => {
      expect(value).toBeCloseTo((plain[i] - scaling.mean[i % 2]) / scaling.std[i % 2], 4);
    });
  });

  it('jitters brightness within its range, for all bands alike, before scaling', () => {
    const image: ImageArray = { data: Uint16Array.of(1000, 2000), shape: [1, 1, 2] };
    const gains = Array.from({ length: 500 }, (_, i) => {
      const [first, second] = prepared(image, { augment: { brightness: 0.2 } }, 0, i);
      expect(second / first).toBeCloseTo(2, 5);
      return first / 1000;
    });
    expect(Math.min(...gains)).toBeGreaterThanOrEqual(0.8);
    expect(Math.min(...gains)).toBeLessThan(0.82);
    expect(Math.max(...gains)).toBeLessThanOrEqual(1.2);
    expect(Math.max(...gains)).toBeGreaterThan(1.18);
  });

  it('draws the other changes as before when one is switched off', () => {
    const all = drawPlan([9, 9, 3], { rot90: true, shift: 2, bandGain: 0.3 }, random(4));
    const less = drawPlan([9, 9, 3], { rot90: true, bandGain: 0.3 }, random(4));
    expect([...less.gain]).toEqual([...all.gain]);
  });

  it('refuses bands that do not fit and options outside their range', () => {
    expect(() => prepared(numbered(2, 2, 3), { scaling: { name: 'x', mean: [0], std: [1] } })).toThrow(/3 bands/);
    for (const wrong of [{ shift: -1 }, { shift: 1.5 }, { brightness: 2 }, { bandOffset: Number.NaN }]) {
      try {
        checkAugmentation(wrong);
        expect.unreachable();
      } catch (error) {
        expect(isLulcError(error, 'invalid-argument')).toBe(true);
      }
    }
  });
});
