import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { invertAffine, mapPoint } from './affine.js';
import { checkViewRecipe } from './checkViewRecipe.js';
import { type DrawnView, drawView, drawViews } from './drawView.js';
import {
  denseViews,
  dihedralRecipe,
  fineTuningRecipe,
  glcNetScaling,
  glcNetViews,
  identityRecipe,
  simClrViews,
} from './recipes.js';

const size = [224, 224] as const;
const draws = 10_000;

/** Share of the draws in which something holds; a true share of 0.5 strays by 0.02 in one of 10^4 tests. */
const near = (count: number, share: number) => expect(Math.abs(count / draws - share)).toBeLessThan(0.02);

const has = (view: DrawnView, name: string): boolean => view.operations.some((operation) => operation.name === name);

// spec D.5, table A3
describe('views of GLCNet', () => {
  const tally = (bands: number, variant: 'corrected' | 'reference') => {
    const [, recipe] = glcNetViews({ size, bands, variant });
    const views = Array.from({ length: draws }, (_, i) => drawView(recipe, [256, 256, bands], random(5, i)));
    return (holds: (view: DrawnView) => boolean) => views.filter(holds).length;
  };

  it.each(['corrected', 'reference'] as const)('%s: change the second view as often as published', (variant) => {
    const count = tally(4, variant);
    near(
      count((view) => has(view, 'hsv')),
      0.4,
    );
    near(
      count((view) => has(view, 'contrast')),
      0.8,
    );
    near(
      count((view) => has(view, 'linear')),
      0.8,
    );
    near(
      count((view) => has(view, 'pixel-noise')),
      0.8,
    );
    near(
      count((view) => has(view, 'copy-band')),
      0.1,
    );
    near(
      count((view) => has(view, 'blur')),
      0.5,
    );
    for (const length of [3, 5, 7]) {
      near(
        count((view) => view.operations.some((done) => done.name === 'blur' && done.kernels[0][0].length === length)),
        1 / 6,
      );
    }
  });

  it('flip by 20, 20, 20 and 40 %, and turn by nothing in 40 %', () => {
    const [, recipe] = glcNetViews({ size, bands: 4 });
    const signs = (name: string) => {
      const steps = recipe.steps.filter((step) => step.name === name);
      const counts = new Map<string, number>();
      for (let i = 0; i < draws; i++) {
        const { affine } = drawView({ size: [8, 8], steps }, [8, 8, 4], random(i));
        const linear = [affine[0], affine[1], affine[3], affine[4]].join();
        counts.set(linear, (counts.get(linear) ?? 0) + 1);
      }
      return counts;
    };
    const flips = signs('flip-choice');
    expect(flips.size).toBe(4);
    near(flips.get('-1,0,0,1') ?? 0, 0.2);
    near(flips.get('1,0,0,-1') ?? 0, 0.2);
    near(flips.get('-1,0,0,-1') ?? 0, 0.2);
    near(flips.get('1,0,0,1') ?? 0, 0.4);
    const turns = signs('rot90');
    expect(turns.size).toBe(4);
    near(turns.get('1,0,0,1') ?? 0, 0.4);
    for (const turned of ['0,1,-1,0', '-1,0,0,-1', '0,-1,1,0']) near(turns.get(turned) ?? 0, 0.2);
  });

  it('leave brightness, contrast and pixels of three bands alone', () => {
    const count = tally(3, 'reference');
    expect(count((view) => has(view, 'contrast') || has(view, 'linear') || has(view, 'pixel-noise'))).toBe(0);
    near(
      count((view) => has(view, 'hsv')),
      0.4,
    );
    expect(tally(2, 'corrected')((view) => has(view, 'hsv'))).toBe(0);
  });

  it('cut both views from the same 256 x 256 pixels, 0.4 to 1 of their area', () => {
    for (const variant of ['corrected', 'reference'] as const) {
      const areas: number[] = [];
      for (let i = 0; i < 300; i++) {
        const views = drawViews(glcNetViews({ size, bands: 4, variant }), [600, 500, 4], random(i));
        expect(views[0].operations).toEqual([]);
        const corners = views.flatMap(({ affine }) => [mapPoint(affine, 0, 0), mapPoint(affine, 224, 224)]);
        for (const axis of [0, 1]) {
          const places = corners.map((corner) => corner[axis]);
          expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(256 + 1e-9);
          // whole pixels of the source
          for (const place of places) expect(Math.abs(place - Math.round(place))).toBeLessThan(1e-9);
        }
        const [a, b, , d, e] = views[0].affine;
        areas.push((Math.abs(a * e - b * d) * 224 * 224) / (256 * 256));
      }
      expect(Math.min(...areas)).toBeGreaterThan(0.39);
      expect(Math.min(...areas)).toBeLessThan(0.43);
      expect(Math.max(...areas)).toBeGreaterThan(0.9);
    }
  });

  it('never show the last row or column, nor the whole image, by the reference', () => {
    const reaches = (variant: 'corrected' | 'reference') => {
      const [recipe] = glcNetViews({ size: [8, 8], bands: 1, variant });
      let [last, whole] = [0, 0];
      for (let i = 0; i < 1000; i++) {
        const toView = invertAffine(drawView(recipe, [8, 8, 1], random(i)).affine);
        const [right, bottom] = mapPoint(toView, 8, 8);
        const [left, top] = mapPoint(toView, 0, 0);
        if (right <= 8 + 1e-9 || bottom <= 8 + 1e-9) last++;
        if (right <= 8 + 1e-9 && bottom <= 8 + 1e-9 && left >= -1e-9 && top >= -1e-9) whole++;
      }
      return { last, whole };
    };
    // the reference's fall-back, after five windows that do not fit, is the whole image
    const reference = reaches('reference');
    expect(reference.last).toBe(reference.whole);
    const corrected = reaches('corrected');
    expect(corrected.last).toBeGreaterThan(corrected.whole + 200);
  });

  it('are changed alike when symmetric, and scaled to 1.6 either way', () => {
    const [first, second] = glcNetViews({ size, bands: 4, symmetric: true });
    expect(first).toEqual(second);
    const { mean, std } = glcNetScaling(2);
    expect((0 - mean[1]) / std[1]).toBeCloseTo(-1.6, 12);
    expect((255 - mean[0]) / std[0]).toBeCloseTo(1.6, 12);
  });
});

describe('all recipes', () => {
  const all = (bands: number) => {
    const options = { size, bands };
    return [
      identityRecipe(size),
      dihedralRecipe(size),
      fineTuningRecipe(options),
      ...glcNetViews(options),
      ...glcNetViews({ ...options, variant: 'reference', symmetric: true }),
      ...simClrViews(options),
      ...denseViews(options),
    ];
  };

  it.each([1, 2, 3, 4, 13])('are fine for %i bands, and plain data', (bands) => {
    for (const recipe of all(bands)) {
      expect(() => checkViewRecipe(recipe, bands)).not.toThrow();
      expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
    }
  });

  it('take the visible channels they are given', () => {
    const options = { size, bands: 12, visible: [3, 2, 1] } as const;
    for (const recipe of [...glcNetViews(options), ...simClrViews(options), fineTuningRecipe(options)]) {
      expect(() => checkViewRecipe(recipe, 12)).not.toThrow();
    }
    expect(JSON.stringify(glcNetViews(options))).toContain('"channels":[3,2,1]');
    expect(JSON.stringify(fineTuningRecipe(options))).toContain('"bands":[0,4,5,6,7,8,9,10,11]');
    expect(JSON.stringify(glcNetViews({ ...options, visible: null }))).not.toContain('channels');
  });

  it('turn in eight ways, four when the sides differ', () => {
    const ways = (shape: readonly [number, number]) =>
      new Set(
        Array.from({ length: 200 }, (_, i) => drawView(dihedralRecipe(shape), [...shape, 1], random(i)).affine.join()),
      ).size;
    expect(ways([6, 6])).toBe(8);
    expect(ways([6, 4])).toBe(4);
  });
});
