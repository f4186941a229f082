import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { drawView } from './drawView.js';
import type { CropStep, ViewRecipe } from './recipe.js';
import { renderMask } from './renderMask.js';
import { renderView } from './renderView.js';

/** Where crops begin: `[top, left]`. */
function places(step: Omit<CropStep, 'name'>, image: readonly [number, number], focus?: readonly [number, number]) {
  const recipe: ViewRecipe = { size: step.size, steps: [{ name: 'crop', ...step }] };
  return Array.from({ length: 400 }, (_, seed) => {
    const { affine } = drawView(recipe, [...image, 1], random(seed), focus);
    expect([affine[0], affine[1], affine[3], affine[4]]).toEqual([1, 0, 0, 1]);
    return [affine[5], affine[2]] as const;
  });
}
const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
const only = (drawn: readonly (readonly [number, number])[]) => {
  expect(new Set(drawn.map(String)).size).toBe(1);
  return drawn[0];
};

describe('a window that may reach beyond its image', () => {
  it('takes every place that the overhang allows, both sides sharing it', () => {
    // nnU-Net: from -overhang // 2 to length - window + overhang // 2 + overhang % 2
    const drawn = places({ size: [6, 6], overhang: [4, 3] }, [10, 8]);
    expect(range(drawn.map(([top]) => top))).toEqual([-2, 6]);
    expect(range(drawn.map(([, left]) => left))).toEqual([-2, 4]);
  });

  it('lies about an image that is smaller than it', () => {
    const drawn = places({ size: [9, 8], overhang: [0, 0] }, [4, 4]);
    // five rows too many: two above and three below, or the other way round
    expect(range(drawn.map(([top]) => top))).toEqual([-3, -2]);
    expect(range(drawn.map(([, left]) => left))).toEqual([-2, -2]);
    expect(only(places({ size: [9, 8], overhang: [0, 0], position: 'centre' }, [4, 4]))).toEqual([-3, -2]);
  });

  it('stays inside without one, and becomes as small as the image', () => {
    const { affine } = drawView({ size: [4, 4], steps: [{ name: 'crop', size: [9, 8] }] }, [4, 4, 1], random(0));
    expect(affine).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it('shows the border there, and in the mask what lies outside', () => {
    const recipe: ViewRecipe = {
      size: [4, 4],
      border: 'zero',
      outside: 3,
      steps: [{ name: 'crop', size: [4, 4], overhang: [0, 0] }],
    };
    const view = drawView(recipe, [2, 2, 1], random(0));
    const [image, mask] = [new Float32Array(16), new Uint8Array(16)];
    renderView({ data: Uint8Array.of(5, 6, 7, 8), shape: [2, 2, 1] }, view, undefined, image);
    renderMask({ data: Uint8Array.of(1, 1, 2, 2), shape: [2, 2] }, view, mask);
    expect([...image]).toEqual([0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0, 0, 0, 0, 0]);
    expect([...mask]).toEqual([3, 3, 3, 3, 3, 1, 1, 3, 3, 2, 2, 3, 3, 3, 3, 3]);
  });
});

describe('a window about a focus', () => {
  const about = (focus: readonly [number, number] | undefined, variant?: 'corrected' | 'reference') =>
    places({ size: [6, 4], position: 'focus', overhang: [2, 2], variant }, [20, 30], focus);

  it('has it in its middle, the pixel right and below of it for even sizes', () => {
    expect(only(about([15.5, 10.5]))).toEqual([7, 13]);
  });

  it('goes no farther than one at random', () => {
    const random = about(undefined);
    expect(range(random.map(([top]) => top))).toEqual([-1, 15]);
    expect(range(random.map(([, left]) => left))).toEqual([-1, 27]);
    expect(only(about([0.5, 0.5]))).toEqual([-1, -1]);
    expect(only(about([29.5, 19.5]))).toEqual([15, 27]);
  });

  it('goes as far as it takes down and right by the reference', () => {
    expect(only(about([0.5, 0.5], 'reference'))).toEqual([-1, -1]);
    expect(only(about([29.5, 19.5], 'reference'))).toEqual([16, 27]);
    const whole = places(
      { size: [6, 6], position: 'focus', overhang: [0, 0], variant: 'reference' },
      [6, 6],
      [5.5, 5.5],
    );
    expect(only(whole)).toEqual([2, 2]);
  });

  it('finds it again after the image was mirrored, turned and resized', () => {
    const recipe: ViewRecipe = {
      size: [8, 8],
      steps: [
        { name: 'resize', size: [60, 40] },
        { name: 'flip', horizontal: 1, vertical: 0 },
        { name: 'rot90', turns: [1] },
        { name: 'crop', size: [8, 8], position: 'focus' },
      ],
    };
    const data = new Uint8Array(30 * 20);
    data[12 * 20 + 7] = 1;
    const mask = { data, shape: [30, 20] } as const;
    const out = new Uint8Array(64);
    renderMask(mask, drawView(recipe, [30, 20, 1], random(1), [7.5, 12.5]), out);
    expect(out[4 * 8 + 4]).toBe(1);
    expect(out.filter((value) => value === 1)).toHaveLength(4);
  });
});
