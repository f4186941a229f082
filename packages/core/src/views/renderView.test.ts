import { describe, expect, it } from 'vitest';
import type { ImageArray, ScalingStatistics } from '../data/types.js';
import { random } from '../random/random.js';
import { mapPoint } from './affine.js';
import { type DrawnView, drawView } from './drawView.js';
import type { ViewRecipe, ViewStep } from './recipe.js';
import { glcNetViews } from './recipes.js';
import { renderMask } from './renderMask.js';
import { renderView } from './renderView.js';

function rendered(image: ImageArray, recipe: ViewRecipe, seed = 0, scaling?: ScalingStatistics) {
  const view = drawView(recipe, image.shape, random(seed));
  const out = new Float32Array(recipe.size[0] * recipe.size[1] * image.shape[2]);
  renderView(image, view, scaling, out);
  return { view, out };
}

/** The largest difference of two views. */
function difference(first: Float32Array, second: Float32Array): number {
  return first.reduce((worst, value, i) => Math.max(worst, Math.abs(value - second[i])), 0);
}

/** Band 0 is x at the centre of each pixel, band 1 is y. */
function ramps(height: number, width: number): ImageArray {
  const data = new Float32Array(height * width * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x + 0.5, y + 0.5], (y * width + x) * 2);
  }
  return { data, shape: [height, width, 2] };
}

/** Largest difference between what a view of ramps shows and where its pixels lie, away from the edges of the source. */
function rampError({ view, out }: { view: DrawnView; out: Float32Array }, height: number, width: number): number {
  const [margin, size] = [4, view.size];
  let [error, compared] = [0, 0];
  for (let y = 0; y < size[0]; y++) {
    for (let x = 0; x < size[1]; x++) {
      const [atX, atY] = mapPoint(view.affine, x + 0.5, y + 0.5);
      if (atX < margin || atY < margin || atX > width - margin || atY > height - margin) continue;
      const to = (y * size[1] + x) * 2;
      error = Math.max(error, Math.abs(out[to] - atX), Math.abs(out[to + 1] - atY));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(10);
  return error;
}

describe('sampling', () => {
  it.each<[string, [number, number], ViewStep[]]>([
    ['cut and resized', [30, 50], [{ name: 'random-resized-crop', area: [0.3, 0.9] }]],
    ['mirrored', [41, 33], [{ name: 'flip', horizontal: 1, vertical: 1 }]],
    ['turned', [37, 45], [{ name: 'rot90', turns: [1, 3] }]],
    ['enlarged', [150, 130], []],
    ['much smaller', [12, 11], []],
    ['much smaller and turned', [11, 12], [{ name: 'rot90', turns: [1] }]],
    ['warped', [40, 30], [{ name: 'affine', rotation: [-180, 180], scale: [0.7, 1.4], aspect: [0.8, 1.2] }]],
    ['warped and much smaller', [14, 10], [{ name: 'affine', rotation: [-180, 180], shift: [-0.1, 0.1] }]],
  ])('shows a linear ramp exactly when %s', (_, size, steps) => {
    const image = ramps(60, 50);
    for (let seed = 0; seed < 5; seed++) {
      expect(rampError(rendered(image, { size, steps }, seed), 60, 50)).toBeLessThan(2e-5);
    }
  });

  it('is bilinear between centres, and repeats the edge', () => {
    const image: ImageArray = { data: Uint8Array.of(0, 100), shape: [1, 2, 1] };
    expect([...rendered(image, { size: [1, 4], steps: [] }).out]).toEqual([0, 25, 75, 100]);
    expect([...rendered(image, { size: [1, 4], steps: [], sampling: 'nearest' }).out]).toEqual([0, 0, 100, 100]);
  });

  it('takes the mean of what it shrinks, unless told not to', () => {
    const stripes: ImageArray = {
      data: Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 2) * 200),
      shape: [64, 64, 1],
    };
    const turned: ViewStep[] = [{ name: 'affine', rotation: [10, 10] }];
    for (const steps of [[], turned]) {
      const spread = (recipe: Partial<ViewRecipe>) => {
        const { out } = rendered(stripes, { size: [16, 16], steps, ...recipe });
        const inner = Array.from({ length: 8 }, (_, i) => out[(i + 4) * 16 + 8 + (i % 3)]);
        return Math.max(...inner.map((value) => Math.abs(value - 100)));
      };
      expect(spread({})).toBeLessThan(12);
      expect(spread({ sampling: 'nearest' })).toBe(100);
    }
    expect(rendered(stripes, { size: [32, 32], steps: [], sampling: 'nearest' }).out[5]).toBe(200);
    // 64 / 48 is too little to bother
    const plain = rendered(stripes, { size: [48, 48], steps: [] });
    expect(rendered(stripes, { size: [48, 48], steps: [], antialias: false }).out).toEqual(plain.out);
  });

  it('goes the fast way and the general way alike', () => {
    const draw = random(2);
    const image: ImageArray = {
      data: Uint16Array.from({ length: 20 * 24 * 3 }, () => draw.integer(5000)),
      shape: [20, 24, 3],
    };
    for (const border of ['reflect', 'zero', 'mean'] as const) {
      for (const sampling of ['bilinear', 'nearest'] as const) {
        for (const turns of [0, 1]) {
          const recipe = (angle: number): ViewRecipe => ({
            size: [17, 19],
            border,
            sampling,
            antialias: false,
            steps: [
              { name: 'rot90', turns: [turns] },
              { name: 'affine', rotation: [angle, angle], scale: [0.83, 0.83], shift: [0.137, 0.137] },
            ],
          });
          const [straight, tilted] = [0, 1e-9].map((angle) => rendered(image, recipe(angle)).out);
          expect(difference(straight, tilted)).toBeLessThan(0.01);
        }
      }
    }
  });

  it('shows beyond the edge what the border says', () => {
    const image: ImageArray = { data: Uint8Array.of(10, 20, 30, 40), shape: [1, 4, 1] };
    const scaling = { name: 'test', mean: [25], std: [5] };
    const show = (border: 'reflect' | 'zero' | 'mean', rotation: number) => {
      const steps: ViewStep[] = [{ name: 'affine', scale: [0.5, 0.5], rotation: [rotation, rotation] }];
      return [
        ...rendered(
          image,
          { size: [1, 8], steps: [{ name: 'resize', size: [1, 8] }, ...steps], border, sampling: 'nearest' },
          0,
          scaling,
        ).out,
      ];
    };
    const native = (values: number[]) => values.map((value) => (value - 25) / 5);
    for (const rotation of [0, 1e-9]) {
      expect(show('reflect', rotation)).toEqual(native([20, 10, 10, 20, 30, 40, 40, 30]));
      expect(show('zero', rotation)).toEqual(native([0, 0, 10, 20, 30, 40, 0, 0]));
      expect(show('mean', rotation)).toEqual(native([25, 25, 10, 20, 30, 40, 25, 25]));
    }
  });

  it('never mixes the classes of a mask', () => {
    const classes = [2, 4, 9];
    const draw = random(1);
    const mask = {
      data: Uint8Array.from({ length: 40 * 40 }, () => classes[draw.integer(3)]),
      shape: [40, 40],
    } as const;
    const steps: ViewStep[] = [{ name: 'affine', rotation: [-180, 180], scale: [0.5, 1.5] }];
    for (const size of [
      [64, 64],
      [15, 15],
    ] as const) {
      for (let seed = 0; seed < 10; seed++) {
        const out = new Uint8Array(size[0] * size[1]);
        renderMask(mask, drawView({ size, steps }, [40, 40, 1], random(seed)), out);
        expect([...new Set(out)].every((value) => value === 255 || classes.includes(value))).toBe(true);
        expect(new Set(out).size).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it('refuses memory and scalings that do not fit', () => {
    const image = ramps(4, 4);
    const view = drawView({ size: [4, 4], steps: [] }, image.shape, random(0));
    const mismatch = expect.objectContaining({ code: 'shape-mismatch' });
    expect(() => renderView(image, view, undefined, new Float32Array(31))).toThrow(mismatch);
    expect(() => renderView(image, view, { name: 'x', mean: [0], std: [1] }, new Float32Array(32))).toThrow(mismatch);
    expect(() => renderMask({ data: new Uint8Array(16), shape: [4, 4] }, view, new Uint8Array(15))).toThrow(mismatch);
  });
});

describe('scaling and levels', () => {
  const draw = random(4);
  const bytes = Uint8Array.from({ length: 32 * 32 * 4 }, () => draw.integer(256));
  const shape = [32, 32, 4] as const;
  const kinds = {
    uint8: { image: { data: bytes, shape } as ImageArray, unit: 255 },
    uint16: { image: { data: Uint16Array.from(bytes, (value) => value * 257), shape } as ImageArray, unit: 65535 },
    float: { image: { data: Float32Array.from(bytes, (value) => value / 255), shape } as ImageArray, unit: 1 },
  };
  const everything: ViewStep[] = [
    { name: 'random-resized-crop', area: [0.4, 1] },
    { name: 'gain', offset: [-0.2, 0.2], perBand: true },
    { name: 'gamma', gamma: [0.7, 1.5] },
    { name: 'noise', sigma: [0.1, 0.2] },
    { name: 'saturation', factor: [0.5, 2] },
    { name: 'low-resolution', zoom: [0.5, 0.8] },
    { name: 'drop-bands', bandProbability: 0.3 },
  ];

  it('give the same view of any number type', () => {
    const [, published] = glcNetViews({ size: [24, 24], bands: 4 });
    for (const recipe of [published, { size: [24, 24], steps: everything } as ViewRecipe]) {
      for (let seed = 0; seed < 10; seed++) {
        const [first, ...others] = Object.values(kinds).map(({ image, unit }) =>
          rendered(image, { ...recipe, levels: 'type' }, seed).out.map((value) => value / unit),
        );
        for (const other of others) {
          expect(difference(other, first)).toBeLessThan(2e-5);
        }
      }
    }
  });

  it('give the same view in any unit when they come from the scaling', () => {
    const scaling = (unit: number): ScalingStatistics => ({
      name: 'test',
      mean: [100, 120, 90, 60].map((value) => (value / 255) * unit),
      std: [40, 50, 60, 30].map((value) => (value / 255) * unit),
    });
    const [first, ...others] = Object.values(kinds).map(
      ({ image, unit }) =>
        rendered(image, { size: [24, 24], steps: everything, levels: 'scaling' }, 7, scaling(unit)).out,
    );
    for (const other of others) {
      expect(difference(other, first)).toBeLessThan(1e-4);
    }
  });

  it('are two deviations either way by the scaling, the type for bytes, or as given', () => {
    const white: ViewStep[] = [{ name: 'brightness', amount: [1, 1] }];
    const scaling = { name: 'test', mean: [100], std: [10] };
    const show = (data: ImageArray['data'], levels?: ViewRecipe['levels'], given?: ScalingStatistics) =>
      rendered({ data, shape: [1, 1, 1] }, { size: [1, 1], steps: white, levels }, 0, given).out[0];
    expect(show(Uint16Array.of(7), undefined, scaling)).toBeCloseTo(2, 5);
    expect(show(Uint8Array.of(7), undefined, scaling)).toBeCloseTo(15.5, 5);
    expect(show(Uint8Array.of(7), 'scaling', scaling)).toBeCloseTo(2, 5);
    expect(show(Uint16Array.of(7), [0, 10000])).toBe(10000);
    expect([Uint8Array, Uint16Array, Int16Array, Float32Array].map((Type) => show(Type.of(0)))).toEqual([
      255, 65535, 32767, 1,
    ]);
    expect(() => show(Uint8Array.of(7), 'scaling')).toThrow(expect.objectContaining({ code: 'incompatible' }));
  });

  it('depend on nothing that was rendered before', () => {
    const [, recipe] = glcNetViews({ size: [24, 24], bands: 4 });
    const first = rendered(kinds.uint8.image, recipe, 3).out;
    rendered(ramps(90, 90), { size: [80, 80], steps: [{ name: 'blur', kernel: [7] }] }, 1);
    expect(rendered(kinds.uint8.image, recipe, 3).out).toEqual(first);
    expect(rendered(kinds.uint8.image, recipe, 4).out).not.toEqual(first);
  });
});
