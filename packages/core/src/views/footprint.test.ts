import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { invertAffine, mapPoint } from './affine.js';
import { drawViews } from './drawView.js';
import { footprint, intersectOutlines, outlineArea, overlapShare } from './footprint.js';
import type { ViewRecipe } from './recipe.js';
import type { Affine } from './types.js';

const plain: Affine = [1, 0, 0, 0, 1, 0];

describe('footprints', () => {
  it('are where the corners of a window go', () => {
    expect(footprint([0, 1, 0, -1, 0, 10], [2, 1, 3, 4])).toEqual([
      [2, 9],
      [2, 5],
      [5, 5],
      [5, 9],
    ]);
    expect(outlineArea(footprint([2, 0, 5, 0, 3, 5], [0, 0, 4, 5]))).toBe(2 * 3 * 20);
  });

  it('have in common what lies in both', () => {
    const square = footprint(plain, [0, 0, 10, 10]);
    expect(overlapShare(square, square)).toBe(1);
    expect(overlapShare(square, footprint(plain, [20, 0, 10, 10]))).toBe(0);
    expect(intersectOutlines(square, footprint(plain, [20, 0, 10, 10]))).toEqual([]);
    expect(outlineArea([])).toBe(0);
    // a square standing on its corner, half as wide as its diagonal would allow: an octagon remains
    const diamond: [number, number][] = [
      [5, -2],
      [12, 5],
      [5, 12],
      [-2, 5],
    ];
    expect(intersectOutlines(square, diamond).length).toBe(8);
    expect(outlineArea(intersectOutlines(square, diamond))).toBeCloseTo(100 - 4 * 4.5, 9);
    expect(outlineArea(intersectOutlines(diamond, square))).toBeCloseTo(100 - 4 * 4.5, 9);
    expect(outlineArea(intersectOutlines(square.toReversed(), diamond.toReversed()))).toBeCloseTo(82, 9);
  });

  it('of drawn views overlap by as much as counting points says', () => {
    const recipe: ViewRecipe = {
      size: [32, 32],
      steps: [
        { name: 'random-resized-crop', area: [0.2, 0.6] },
        { name: 'flip' },
        { name: 'affine', rotation: [-180, 180] },
      ],
    };
    for (let seed = 0; seed < 8; seed++) {
      const views = drawViews([recipe, recipe], [64, 64, 1], random(seed));
      const [first, second] = views.map(({ affine }) => footprint(affine, [0, 0, 32, 32]));
      const toView = views.map(({ affine }) => invertAffine(affine));
      let count = 0;
      for (let y = -32; y < 96; y += 0.5) {
        for (let x = -32; x < 96; x += 0.5) {
          const isSeen = toView.every((affine) => mapPoint(affine, x, y).every((place) => place >= 0 && place < 32));
          if (isSeen) count++;
        }
      }
      expect(Math.abs(outlineArea(intersectOutlines(first, second)) - count / 4)).toBeLessThan(15);
    }
  });
});
