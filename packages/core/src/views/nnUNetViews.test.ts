import { describe, expect, it } from 'vitest';
import { resolveNormalization } from '../data/resolveNormalization.js';
import type { ImageArray } from '../data/types.js';
import { random } from '../random/random.js';
import { invertAffine, mapPoint } from './affine.js';
import { checkViewRecipe } from './checkViewRecipe.js';
import { type DrawnView, drawView } from './drawView.js';
import { gaussianKernel } from './kernels.js';
import { enlargedPatch, nnUNetViews } from './nnUNetViews.js';
import type { DrawnOperation } from './operations.js';
import type { ViewStep } from './recipe.js';
import { renderMask } from './renderMask.js';
import { renderView } from './renderView.js';

const bands = 4;
const shape = [128, 128, bands] as const;
const draws = 6000;
const views = (size: readonly [number, number]) => {
  const recipe = nnUNetViews({ size });
  return Array.from({ length: draws }, (_, i) => drawView(recipe, shape, random(11, i)));
};

/** A true share strays by less than four of its standard errors in all but 6 of 10^5 tests. */
const near = (values: readonly unknown[], holds: (value: never) => boolean, share: number) => {
  const found = values.filter((value) => holds(value as never)).length / values.length;
  expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / values.length));
};

/** Uniform in a range: it is nearly filled, and no quarter has more or less than it should. */
const uniform = (values: readonly number[], [low, high]: readonly [number, number]) => {
  const width = high - low;
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-9);
  expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-9);
  expect(Math.min(...values)).toBeLessThan(low + 0.05 * width);
  expect(Math.max(...values)).toBeGreaterThan(high - 0.05 * width);
  for (const quarter of [0, 1, 2, 3])
    near(values, (v: number) => Math.floor((4 * (v - low)) / width) === quarter, 0.25);
};

/** Half below 1 and half above, uniform in either. */
const balanced = (values: readonly number[], [low, high]: readonly [number, number]) => {
  near(values, (value: number) => value < 1, 0.5);
  uniform(
    values.filter((value) => value < 1),
    [low, 1],
  );
  uniform(
    values.filter((value) => value > 1),
    [1, high],
  );
};

const named = <Name extends DrawnOperation['name']>(drawn: readonly DrawnView[], name: Name) =>
  drawn.flatMap(({ operations }) =>
    operations.filter((one): one is Extract<DrawnOperation, { name: Name }> => one.name === name),
  );

// nnU-Net's get_patch_size with its rotation (180 degrees, 15 from an aspect of 1.5 on) and (0.85, 1.25), run in NumPy
it.each([
  [
    [512, 512],
    [602, 602],
  ],
  [
    [384, 384],
    [451, 451],
  ],
  [
    [256, 256],
    [301, 301],
  ],
  [
    [512, 384],
    [602, 602],
  ],
  [
    [192, 160],
    [225, 225],
  ],
  [
    [256, 512],
    [446, 602],
  ],
  [
    [512, 256],
    [659, 301],
  ],
] as const)('patches of %j are cut as %j', (patch, window) => {
  expect(enlargedPatch(patch)).toEqual(window);
});

// spec, table 4.1
describe('the augmentation of nnU-Net', () => {
  const drawn = views([96, 96]);

  it('turns a fifth of the patches by any angle, and scales a fifth by 0.7 to 1.4, alike along both axes', () => {
    const moves = drawn.map(({ affine: [a, b, , d, e] }) => {
      const extent = Math.hypot(a, d);
      expect(Math.hypot(b, e)).toBeCloseTo(extent, 9);
      expect(Math.abs(a * b + d * e)).toBeLessThan(1e-9);
      const mirrored = a * e - b * d < 0;
      // the direction along which rows of the view go in the source, but for mirroring
      return { extent, angle: (Math.atan2(b, e) * 180) / Math.PI, mirrored };
    });
    const scaled = moves.filter(({ extent }) => Math.abs(extent - 1) > 1e-9);
    near(moves, ({ extent }: (typeof moves)[number]) => Math.abs(extent - 1) > 1e-9, 0.2);
    uniform(
      scaled.map(({ extent }) => extent),
      [0.7, 1.4],
    );
    const isTurned = ({ angle }: (typeof moves)[number]) => Math.abs(Math.sin((angle * Math.PI) / 180)) > 1e-9;
    near(moves, isTurned, 0.2);
    uniform(
      moves.filter(isTurned).map(({ angle }) => angle),
      [-180, 180],
    );
    near(moves, ({ mirrored }: (typeof moves)[number]) => mirrored, 0.5);
  });

  it('mirrors each axis in half of the patches', () => {
    const straight = drawn.filter(({ affine }) => affine[1] === 0 && Math.abs(affine[0]) === 1);
    near(straight, ({ affine }: DrawnView) => affine[0] < 0, 0.5);
    near(straight, ({ affine }: DrawnView) => affine[4] < 0, 0.5);
    near(straight, ({ affine }: DrawnView) => affine[0] < 0 && affine[4] < 0, 0.25);
  });

  it('turns long patches by at most 15 degrees', () => {
    const angles = (size: readonly [number, number]) =>
      views(size).flatMap(({ affine: [a, , , d] }) => {
        const angle = (Math.atan(d / a) * 180) / Math.PI;
        return Math.abs(angle) > 1e-9 ? [angle] : [];
      });
    uniform(angles([97, 64]), [-15, 15]);
    expect(Math.max(...angles([96, 64]))).toBeGreaterThan(60);
  });

  it('adds noise of up to 0.1 standard deviations, one strength for all bands, to a tenth', () => {
    near(drawn, ({ operations }: DrawnView) => operations.some(({ name }) => name === 'noise'), 0.1);
    const noise = named(drawn, 'noise');
    for (const { sigma } of noise) expect(new Set(sigma).size).toBe(1);
    // levels by the scaling are four deviations wide
    uniform(
      noise.map(({ sigma }) => 4 * sigma[0]),
      [0, 0.1],
    );
  });

  it('blurs half of the bands of a fifth, each along each axis by its own 0.5 to 1', () => {
    near(drawn, ({ operations }: DrawnView) => operations.some(({ name }) => name === 'blur'), 0.2);
    const kernels = named(drawn, 'blur').flatMap(({ kernels: own }) => own);
    near(kernels, ([across]: (typeof kernels)[number]) => across.length > 1, 0.5);
    const blurred = kernels.filter(([across]) => across.length > 1);
    for (const [across, down] of blurred) expect(across).not.toEqual(down);
    // neighbours of the middle have exp(-1 / 2 sigma^2) of its weight
    const sigmas = blurred.flatMap((pair) =>
      pair.map((kernel) => {
        const middle = (kernel.length - 1) / 2;
        return Math.sqrt(-1 / (2 * Math.log(kernel[middle + 1] / kernel[middle])));
      }),
    );
    uniform(sigmas, [0.5, 1]);
  });

  it('multiplies the bands of 15 %, and changes their contrast in 15 %, by 0.75 to 1.25', () => {
    for (const name of ['linear', 'contrast'] as const) {
      near(drawn, ({ operations }: DrawnView) => operations.some((one) => one.name === name), 0.15);
    }
    const gains = named(drawn, 'linear').map(({ gain, about }) => {
      expect(about).toBe('mean');
      expect(new Set(gain).size).toBe(bands);
      return gain;
    });
    balanced(gains.flat(), [0.75, 1.25]);
    const contrasts = named(drawn, 'contrast').map(({ factor, clip }) => {
      expect(clip).toBe('view');
      expect(new Set(factor).size).toBe(bands);
      return factor;
    });
    balanced(contrasts.flat(), [0.75, 1.25]);
  });

  it('takes pixels from half of the bands of a quarter', () => {
    near(drawn, ({ operations }: DrawnView) => operations.some(({ name }) => name === 'low-resolution'), 0.25);
    const zooms = named(drawn, 'low-resolution').flatMap(({ zoom }) => zoom);
    near(zooms, (zoom: number) => zoom < 1, 0.5);
    uniform(
      zooms.filter((zoom) => zoom < 1),
      [0.5, 1],
    );
  });

  it('raises a tenth as negatives and 30 % as they are to the power of 0.7 to 1.5', () => {
    for (const [invert, share] of [
      [true, 0.1],
      [false, 0.3],
    ] as const) {
      const has = ({ operations }: DrawnView) =>
        operations.some((one) => one.name === 'gamma' && one.invert === invert);
      near(drawn, has, share);
      const gammas = named(drawn, 'gamma').filter((one) => one.invert === invert);
      for (const { keepStatistics } of gammas) expect(keepStatistics).toBe(true);
      balanced(
        gammas.flatMap(({ gamma }) => gamma),
        [0.7, 1.5],
      );
    }
  });

  it('keeps to the order of the table', () => {
    const order = ['noise', 'blur', 'linear', 'contrast', 'low-resolution', 'gamma'];
    for (const { operations } of drawn) {
      const places = operations.map(({ name }) => order.indexOf(name));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
    const both = drawn.flatMap(({ operations }) => {
      const gammas = operations.flatMap((one) => (one.name === 'gamma' ? [one.invert] : []));
      return gammas.length === 2 ? [gammas] : [];
    });
    expect(both.length).toBeGreaterThan(0);
    for (const pair of both) expect(pair).toEqual([true, false]);
  });

  it('is a recipe like others, and plain data', () => {
    for (const variant of ['corrected', 'reference'] as const) {
      for (const augment of [true, false]) {
        const recipe = nnUNetViews({ size: [96, 96], variant, augment });
        expect(() => checkViewRecipe(recipe, bands)).not.toThrow();
        expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
      }
    }
    expect(() => nnUNetViews({ size: [8, 8], variant: 'other' as never })).toThrow(
      expect.objectContaining({ code: 'unknown-name' }),
    );
  });
});

describe('patches of nnU-Net', () => {
  it('begin anywhere from edge to edge of the image, and nowhere else', () => {
    for (const augment of [true, false]) {
      const recipe = nnUNetViews({ size: [96, 96], augment });
      const starts = Array.from({ length: 3000 }, (_, i) => drawView(recipe, shape, random(5, i)).affine).flatMap(
        ([a, b, c, , e, f]) => (Math.abs(a) === 1 && b === 0 ? [[a < 0 ? c - 96 : c, e < 0 ? f - 96 : f]] : []),
      );
      for (const axis of [0, 1]) {
        const along = starts.map((start) => start[axis]);
        expect([Math.min(...along), Math.max(...along)]).toEqual([0, 32]);
        expect(new Set(along).size).toBe(33);
      }
    }
  });

  it('lie about an image that is smaller, whose surroundings are 0 and unknown, or class 0 by the reference', () => {
    const image: ImageArray = { data: Float32Array.of(1, 3, 1, 3), shape: [2, 2, 1] };
    const { scaling } = resolveNormalization([{ scheme: 'image-z-score' }], image);
    const labels = { data: new Uint8Array(4).fill(1), shape: [2, 2] } as const;
    const seen = (variant: 'corrected' | 'reference') => {
      const view = drawView(nnUNetViews({ size: [4, 4], augment: false, variant }), image.shape, random(1));
      const [values, mask] = [new Float32Array(16), new Uint8Array(16)];
      renderView(image, view, scaling, values);
      renderMask(labels, view, mask);
      return { values: [...values], mask: [...mask] };
    };
    const { values, mask } = seen('corrected');
    expect(values).toEqual([0, 0, 0, 0, 0, -1, 1, 0, 0, -1, 1, 0, 0, 0, 0, 0]);
    expect(mask).toEqual([255, 255, 255, 255, 255, 1, 1, 255, 255, 1, 1, 255, 255, 255, 255, 255]);
    expect(seen('reference').mask).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('show their focus unless they are turned or scaled out of it', () => {
    const recipe = nnUNetViews({ size: [32, 32] });
    for (let i = 0; i < 300; i++) {
      const focus = [random(i, 1).integer(128) + 0.5, random(i, 2).integer(128) + 0.5] as const;
      const view = drawView(recipe, shape, random(7, i), focus);
      if (view.affine[1] !== 0 || Math.abs(view.affine[0]) !== 1) continue;
      for (const at of mapPoint(invertAffine(view.affine), ...focus)) {
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThan(32);
      }
    }
  });
});

/**
 * What batchgeneratorsv2 (commit 3cb4f07, torch 2.13 on a CPU) makes of the image `sin(0.7 y + 0.3 x^2)` with the numbers
 * named in each test.
 */
describe('operations of nnU-Net, as its own code computes them', () => {
  const wave = (height: number, width: number): ImageArray => ({
    data: Float32Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width), i % width];
      return Math.sin(0.7 * y + 0.3 * x * x);
    }),
    shape: [height, width, 1],
  });
  const unit = { name: 'z-scored already', mean: [0], std: [1] };
  const after = (image: ImageArray, steps: readonly ViewStep[]) => {
    const [height, width] = image.shape;
    const view = drawView({ size: [height, width], steps, levels: 'scaling' }, image.shape, random(0));
    const out = new Float32Array(image.data.length);
    renderView(image, view, unit, out);
    return out;
  };
  const close = (actual: ArrayLike<number>, expected: readonly number[]) => {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value)).toBeLessThan(2e-5);
    });
  };

  it('gamma 1.3, retaining mean and deviation', () => {
    const step = { name: 'gamma', gamma: [1.3, 1.3], keepStatistics: true } as const;
    // biome-ignore format: a table
    close(after(wave(5, 6), [step]), [
      -0.08072, 0.23146, 0.97587, 0.37817, -0.85777, 0.98325, 0.62832, 0.86471, 0.99352, -0.32921, -0.70111, 0.98663,
      1.04217, 1.04992, 0.47854, -0.77501, -0.16391, 0.46193, 0.89124, 0.66522, -0.23674, -0.85777, 0.55132, -0.25265,
      0.27492, -0.0383, -0.73604, -0.70111, 1.02035, -0.74319,
    ]);
  });

  it('gamma 1.3 of the negative', () => {
    const step = { name: 'gamma', gamma: [1.3, 1.3], invert: true, keepStatistics: true } as const;
    // biome-ignore format: a table
    close(after(wave(5, 6), [step]), [
      0.08582, 0.38206, 0.8685, 0.50324, -1.09491, 0.87116, 0.68377, 0.82021, 0.87472, -0.19317, -0.72636, 0.87235,
      0.88819, 0.88929, 0.57971, -0.86725, -0.00277, 0.56741, 0.83292, 0.70747, -0.08415, -1.09491, 0.63181, -0.10245,
      0.41912, 0.12934, -0.79008, -0.72636, 0.88301, -0.80369,
    ]);
  });

  it('contrast 1.2 within the range', () => {
    const step = { name: 'contrast', factor: [1.2, 1.2], clip: 'view' } as const;
    // biome-ignore format: a table
    close(after(wave(5, 6), [step]), [
      -0.04003, 0.3146, 0.99166, 0.47283, -0.99616, 0.99166, 0.73303, 0.96974, 0.99166, -0.34668, -0.88668, 0.99166,
      0.99166, 0.99166, 0.57857, -0.99616, -0.13973, 0.5612, 0.99166, 0.77053, -0.22932, -0.99616, 0.6541, -0.24922,
      0.36196, 0.00987, -0.94819, -0.88668, 0.99166, -0.96125,
    ]);
  });

  it('brightness is a factor on scaled values, whatever the scaling', () => {
    const image = wave(5, 6);
    const step = { name: 'gain', factor: [1.25, 1.25], about: 'mean' } as const;
    close(
      after(image, [step]),
      [...image.data].map((value) => 1.25 * value),
    );
    const view = drawView({ size: [5, 6], steps: [step], levels: 'scaling' }, image.shape, random(0));
    const out = new Float32Array(30);
    renderView(image, view, { name: 'x', mean: [0.3], std: [2] }, out);
    close(
      out,
      [...image.data].map((value) => (1.25 * (value - 0.3)) / 2),
    );
  });

  it('low resolution by 0.62', () => {
    // biome-ignore format: a table
    close(after(wave(5, 6), [{ name: 'low-resolution', zoom: [0.62, 0.62] }]), [
      0, 0.46602, 0.84793, 0.51149, 0.68269, 0.938, 0.39418, 0.5798, 0.62604, 0.0685,
      0.34616, 0.76321, 0.98545, 0.75048, 0.2932, -0.59598, -0.15863, 0.50102, 0.59517, 0.17365,
      -0.33167, -0.66684, -0.50542, -0.2602, 0.33499, -0.21091, -0.74826, -0.71408, -0.73661, -0.76769,
    ]);
  });

  it('blur of 0.6 down and 0.95 across', () => {
    const image = wave(9, 10);
    const view: DrawnView = {
      ...drawView({ size: [9, 10], steps: [], levels: 'scaling' }, image.shape, random(0)),
      operations: [{ name: 'blur', kernels: [[gaussianKernel(0.95), gaussianKernel(0.6)]] }],
    };
    const out = new Float32Array(90);
    renderView(image, view, unit, out);
    const middle = [3, 4, 5].flatMap((y) => [...out.subarray(y * 10 + 4, y * 10 + 7)]);
    close(middle, [-0.02973, 0.05556, -0.058, 0.04862, 0.03611, -0.01409, 0.1041, -0.00032, 0.03644]);
  });

  it('turned by 0.4 radians and scaled by 1.25, a window of 21 pixels to a patch of 17', () => {
    const angle = (0.4 * 180) / Math.PI;
    const view = drawView(
      {
        size: [17, 17],
        border: 'mean',
        steps: [
          { name: 'affine', rotation: [angle, angle] },
          { name: 'affine', extent: [1.25, 1.25] },
          { name: 'crop', size: [17, 17], position: 'centre' },
        ],
      },
      [21, 21, 1],
      random(0),
    );
    const out = new Float32Array(17 * 17);
    renderView(wave(21, 21), view, unit, out);
    const rows = [6, 8, 10].flatMap((y) => [6, 8, 10].map((x) => out[y * 17 + x]));
    close(rows, [0.40241, -0.93193, -0.33092, 0.56716, -0.64354, -0.33578, 0.46013, 0.75747, 0.4205]);
    close(out.subarray(0, 2), [0, 0]);
    const mask = new Uint8Array(17 * 17);
    renderMask({ data: new Uint8Array(441).fill(1), shape: [21, 21] }, view, mask);
    const places = [0, 4, 8, 12, 16];
    const outside = places.flatMap((y) => places.map((x) => Number(mask[y * 17 + x] === 255)));
    // where its label map has -1
    expect(outside).toEqual([1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1]);
  });
});
