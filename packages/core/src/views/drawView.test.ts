import { describe, expect, it } from 'vitest';
import type { ImageArray } from '../data/types.js';
import { random } from '../random/random.js';
import { invertAffine, mapPoint } from './affine.js';
import { drawView, drawViews } from './drawView.js';
import type { ViewRecipe, ViewStep } from './recipe.js';
import { renderMask } from './renderMask.js';
import { renderView } from './renderView.js';

/** Every pixel holds its own number, as in the ID maps of the reference. */
const idMap = (height: number, width: number): ImageArray => ({
  data: Float32Array.from({ length: height * width }, (_, i) => i),
  shape: [height, width, 1],
});

function ids(recipe: ViewRecipe, source: ImageArray, seed = 0): { affine: readonly number[]; values: Float32Array } {
  const view = drawView({ sampling: 'nearest', border: 'zero', ...recipe }, source.shape, random(seed));
  const values = new Float32Array(recipe.size[0] * recipe.size[1]);
  renderView(source, view, undefined, values);
  return { affine: view.affine, values };
}

/** Turned clockwise by definition: the last row becomes the first column. */
function turnedByHand(values: readonly number[], height: number, width: number): number[] {
  return Array.from({ length: width }, (_, y) =>
    Array.from({ length: height }, (_, x) => values[(height - 1 - x) * width + y]),
  ).flat();
}

describe('geometry of a view', () => {
  it('is the image itself when nothing happens', () => {
    const { affine, values } = ids({ size: [3, 5], steps: [] }, idMap(3, 5));
    expect(affine).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...values]).toEqual(Array.from({ length: 15 }, (_, i) => i));
  });

  it('flips and turns as by hand', () => {
    const source = idMap(3, 5);
    const plain = Array.from({ length: 15 }, (_, i) => i);
    const mirror = (values: number[]) => [0, 1, 2].flatMap((y) => values.slice(y * 5, y * 5 + 5).reverse());
    const cases: [ViewStep[], [number, number], number[]][] = [
      [[{ name: 'flip', horizontal: 1, vertical: 0 }], [3, 5], mirror(plain)],
      [[{ name: 'flip', horizontal: 1, vertical: 1 }], [3, 5], plain.toReversed()],
      [[{ name: 'flip', horizontal: 0, vertical: 1 }], [3, 5], mirror(plain.toReversed())],
      [[{ name: 'rot90', turns: [1] }], [5, 3], turnedByHand(plain, 3, 5)],
      [[{ name: 'rot90', turns: [2] }], [3, 5], plain.toReversed()],
      [[{ name: 'rot90', turns: [3] }], [5, 3], turnedByHand(plain, 3, 5).toReversed()],
      [
        [
          { name: 'flip', horizontal: 1, vertical: 0 },
          { name: 'rot90', turns: [1] },
        ],
        [5, 3],
        turnedByHand(mirror(plain), 3, 5),
      ],
    ];
    for (const [steps, size, expected] of cases) expect([...ids({ size, steps }, source).values]).toEqual(expected);
  });

  it('turns by degrees as by quarters', () => {
    const source = idMap(6, 6);
    for (const turns of [1, 2, 3]) {
      const quarters = ids({ size: [6, 6], steps: [{ name: 'rot90', turns: [turns] }] }, source);
      const degrees = ids({ size: [6, 6], steps: [{ name: 'affine', rotation: [90 * turns, 90 * turns] }] }, source);
      expect([...degrees.values]).toEqual([...quarters.values]);
    }
  });

  // spec D.2
  it('knows centres as an ID map that is carried along, in all eight flips and turns', () => {
    const source = idMap(96, 96);
    let states = 0;
    for (const horizontal of [0, 1]) {
      for (const turns of [0, 1, 2, 3]) {
        states++;
        const steps: ViewStep[] = [
          { name: 'random-resized-crop', area: [0.4, 1] },
          { name: 'flip', horizontal, vertical: 0 },
          { name: 'rot90', turns: [turns] },
        ];
        for (let seed = 0; seed < 5; seed++) expectIdsAtCentres({ size: [56, 56], steps }, source, seed);
      }
    }
    expect(states).toBe(8);
  });

  it('knows centres in free warps', () => {
    const steps: ViewStep[] = [
      { name: 'affine', rotation: [-180, 180], scale: [0.7, 1.4], aspect: [0.8, 1.25], shift: [-0.1, 0.1] },
      { name: 'random-resized-crop', area: [0.4, 1] },
    ];
    for (let seed = 0; seed < 10; seed++) expectIdsAtCentres({ size: [56, 40], steps }, idMap(96, 80), seed);
  });

  it('shows the same pixels of image and mask, and what lies outside as unknown', () => {
    const source = idMap(15, 16);
    const mask = { data: Uint8Array.from(source.data), shape: [15, 16] } as const;
    const recipe: ViewRecipe = {
      size: [20, 20],
      sampling: 'nearest',
      border: 'zero',
      steps: [{ name: 'affine', rotation: [30, 60], scale: [0.5, 0.8] }],
    };
    const view = drawView(recipe, source.shape, random(3));
    const image = new Float32Array(400);
    const classes = new Uint8Array(400);
    renderView(source, view, undefined, image);
    renderMask(mask, view, classes);
    const outside = [...classes].filter((value) => value === 255).length;
    expect(outside).toBeGreaterThan(100);
    classes.forEach((value, i) => {
      expect(image[i]).toBe(value === 255 ? 0 : value);
    });
  });
});

/** Each ID must lie where the affine says, within half a source pixel, and back in its own view pixel. */
function expectIdsAtCentres(recipe: ViewRecipe, source: ImageArray, seed: number): void {
  const [height, width] = source.shape;
  const { affine, values } = ids({ border: 'reflect', ...recipe }, source, seed);
  const toSource = affine as [number, number, number, number, number, number];
  const toView = invertAffine(toSource);
  let [there, back, inside] = [0, 0, 0];
  for (let y = 0; y < recipe.size[0]; y++) {
    for (let x = 0; x < recipe.size[1]; x++) {
      const [atX, atY] = mapPoint(toSource, x + 0.5, y + 0.5);
      const [backX, backY] = mapPoint(toView, atX, atY);
      back = Math.max(back, Math.abs(backX - x - 0.5), Math.abs(backY - y - 0.5));
      if (atX < 0 || atX >= width || atY < 0 || atY >= height) continue;
      const id = values[y * recipe.size[1] + x];
      there = Math.max(there, Math.abs(atX - (id % width) - 0.5), Math.abs(atY - Math.floor(id / width) - 0.5));
      inside++;
    }
  }
  expect(inside).toBeGreaterThan(recipe.size[0] * recipe.size[1] * 0.5);
  expect(there).toBeLessThanOrEqual(0.5 + 1e-9);
  expect(back).toBeLessThan(1e-9);
}

describe('draws', () => {
  const recipe: ViewRecipe = {
    size: [32, 32],
    steps: [
      { name: 'crop', size: [64, 64], shared: true },
      { name: 'random-resized-crop', area: [0.4, 1] },
      { name: 'rot90' },
      { name: 'group', probability: 0.5, steps: [{ name: 'gain', factor: [0.5, 2] }] },
      { name: 'gain', offset: [-1, 1] },
      { name: 'noise', sigma: [0, 1] },
    ],
  };
  const shape = [100, 120, 3] as const;

  it('depend on their stream only', () => {
    expect(drawView(recipe, shape, random(1))).toEqual(drawView(recipe, shape, random(1)));
    expect(drawView(recipe, shape, random(1))).not.toEqual(drawView(recipe, shape, random(2)));
    expect(structuredClone(drawView(recipe, shape, random(1)))).toEqual(drawView(recipe, shape, random(1)));
  });

  it('of one step do not change with the others', () => {
    const without = (name: string): ViewRecipe => ({
      ...recipe,
      steps: recipe.steps.filter((step) => step.name !== name),
    });
    for (let seed = 0; seed < 20; seed++) {
      const all = drawView(recipe, shape, random(seed));
      expect(drawView(without('rot90'), shape, random(seed)).operations).toEqual(all.operations);
      expect(drawView(without('noise'), shape, random(seed)).affine).toEqual(all.affine);
      expect(drawView(without('noise'), shape, random(seed)).operations).toEqual(all.operations.slice(0, -1));
    }
  });

  it('are common to all views only where they are shared', () => {
    const window: ViewRecipe = { size: [64, 64], steps: [recipe.steps[0]] };
    const places = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const [first, second, third] = drawViews([recipe, recipe, window], shape, random(seed));
      expect(second.affine).not.toEqual(first.affine);
      places.add(third.affine.join());
      const toWindow = invertAffine(third.affine);
      for (const view of [first, second]) {
        for (const corner of [0, 32]) {
          for (const place of mapPoint(toWindow, ...mapPoint(view.affine, corner, 32 - corner))) {
            expect(place).toBeGreaterThan(-1e-9);
            expect(place).toBeLessThan(64 + 1e-9);
          }
        }
      }
    }
    expect(places.size).toBeGreaterThan(15);
  });
});
