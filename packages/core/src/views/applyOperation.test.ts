import { describe, expect, it } from 'vitest';
import type { ImageArray } from '../data/types.js';
import { random } from '../random/random.js';
import { drawView } from './drawView.js';
import type { ViewStep } from './recipe.js';
import { renderView } from './renderView.js';

/** Values of each band after a step; levels are 0 and 1. */
function after(
  step: ViewStep | readonly ViewStep[],
  bands: readonly ArrayLike<number>[],
  shape: [number, number],
  seed = 0,
) {
  const [height, width] = shape;
  const data = new Float32Array(height * width * bands.length);
  data.forEach((_, i) => {
    data[i] = bands[i % bands.length][Math.floor(i / bands.length)];
  });
  const image: ImageArray = { data, shape: [height, width, bands.length] };
  const view = drawView(
    { size: shape, steps: Array.isArray(step) ? step : [step as ViewStep] },
    image.shape,
    random(seed),
  );
  const out = new Float32Array(data.length);
  renderView(image, view, undefined, out);
  return bands.map((_, band) => Array.from({ length: height * width }, (_, i) => out[i * bands.length + band]));
}

const close = (actual: readonly number[], expected: readonly number[], tolerance = 1e-6) => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(tolerance);
  });
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe('light', () => {
  const pair = [
    [0.2, 0.4, 0.9, 1],
    [0, 0.1, 0.2, 0.3],
  ];

  it('blends with white and black', () => {
    close(after({ name: 'brightness', amount: [0.1, 0.1] }, pair, [2, 2])[0], [0.28, 0.46, 0.91, 1]);
    close(after({ name: 'brightness', amount: [-0.1, -0.1] }, pair, [2, 2])[0], [0.18, 0.36, 0.81, 0.9]);
  });

  it('changes contrast about the mean, and cuts off where told', () => {
    const doubled = (clip?: 'none' | 'levels' | 'view') =>
      after({ name: 'contrast', factor: [2, 2], clip }, pair, [2, 2]);
    close(doubled()[0], [-0.225, 0.175, 1.175, 1.375]);
    close(doubled()[1], [-0.15, 0.05, 0.25, 0.45]);
    close(doubled('levels')[0], [0, 0.175, 1, 1]);
    close(doubled('view')[1], [0, 0.05, 0.25, 0.3]);
  });

  it('multiplies and adds, in the bands that are meant', () => {
    const step: ViewStep = { name: 'gain', factor: [2, 2], offset: [0.5, 0.5], bands: [1] };
    const [first, second] = after(step, pair, [2, 2]);
    close(first, pair[0]);
    close(second, [0.5, 0.7, 0.9, 1.1]);
  });

  it('draws for each band by itself only when asked to', () => {
    const factors = (perBand: boolean, seed: number) =>
      after({ name: 'gain', factor: [0.5, 2], perBand }, [[1], [1]], [1, 1], seed).map(([value]) => value);
    for (let seed = 0; seed < 5; seed++) {
      const [one, other] = factors(false, seed);
      expect(other).toBe(one);
      const [own, another] = factors(true, seed);
      expect(another).not.toBe(own);
    }
  });

  it('draws balanced factors below and above 1 as often', () => {
    const share = (spread: 'uniform' | 'balanced') => {
      let below = 0;
      for (let seed = 0; seed < 2000; seed++) {
        const [[value]] = after({ name: 'gain', factor: [0.7, 1.6], spread }, [[1]], [1, 1], seed);
        expect(value).toBeGreaterThanOrEqual(0.7 - 1e-6);
        expect(value).toBeLessThanOrEqual(1.6 + 1e-6);
        if (value < 1) below++;
      }
      return below / 2000;
    };
    expect(Math.abs(share('balanced') - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(share('uniform') - 1 / 3)).toBeLessThan(0.05);
  });

  it('raises to a power between the least and the greatest value', () => {
    const values = [0.2, 0.4, 0.6, 1];
    const power = (exponent: number, more: object = {}) =>
      after({ name: 'gamma', gamma: [exponent, exponent], ...more }, [values], [2, 2])[0];
    close(power(2), [0.2, 0.25, 0.4, 1]);
    close(power(2, { invert: true }), [0.2, 0.55, 0.8, 1]);
    const kept = power(2, { keepStatistics: true });
    expect(mean(kept)).toBeCloseTo(mean(values), 6);
    expect(deviation(kept)).toBeCloseTo(deviation(values), 6);
    expect(kept[1]).not.toBeCloseTo(values[1], 3);
    close(after({ name: 'gamma', gamma: [2, 2] }, [[0.3, 0.3]], [1, 2])[0], [0.3, 0.3]);
  });
});

describe('colour', () => {
  const colours = [
    [0.1, 0.9],
    [0.4, 0.3],
    [0.7, 0.6],
  ];

  it('becomes grey by the mean or by one band', () => {
    for (const band of after({ name: 'grey' }, colours, [1, 2])) close(band, [0.4, 0.6]);
    const chosen = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const grey = after({ name: 'grey', from: 'band' }, colours, [1, 2], seed);
      const from = colours.findIndex(([value]) => Math.abs(value - grey[0][0]) < 1e-6);
      chosen.add(from);
      for (const band of grey) close(band, colours[from]);
    }
    expect(chosen).toEqual(new Set([0, 1, 2]));
  });

  it('is more or less saturated about the mean of its channels', () => {
    const [first, second, third] = after({ name: 'saturation', factor: [2, 2], bands: [0, 2] }, colours, [1, 2]);
    close(first, [-0.2, 1.05]);
    close(second, colours[1]);
    close(third, [1, 0.45]);
  });

  it('moves by hue in the channels that are named', () => {
    const [blue, near, red, green] = after(
      { name: 'group', steps: [{ name: 'hsv', channels: [2, 3, 0], hue: 0, saturation: 0, value: 0 }] },
      [[0.3], [0.8], [0.9], [0.1]],
      [1, 1],
    );
    close([blue[0], near[0], red[0], green[0]], [0.3, 0.8, 0.9, 0.1]);
    const values = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const moved = after({ name: 'hsv', channels: [2, 3, 0], hue: 40 }, [[0.3], [0.8], [0.9], [0.1]], [1, 1], seed);
      expect(moved[1][0]).toBeCloseTo(0.8, 6);
      // value and chroma stay under turns of the hue
      const visible = [moved[0][0], moved[2][0], moved[3][0]];
      expect(Math.max(...visible)).toBeCloseTo(0.9, 5);
      expect(Math.min(...visible)).toBeCloseTo(0.1, 5);
      values.add(visible.join());
    }
    expect(values.size).toBe(20);
  });
});

describe('sharpness', () => {
  const impulse = (size: number) => {
    const values = new Float64Array(size * size);
    values[(size * size - 1) / 2] = 1;
    return values;
  };

  it.each([
    [3, [0.25, 0.5, 0.25]],
    [5, [0.0625, 0.25, 0.375, 0.25, 0.0625]],
    [7, [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125]],
  ])('is lost by the kernel of OpenCV, size %i', (size, kernel) => {
    const [spread] = after({ name: 'blur', kernel: [size] }, [impulse(size)], [size, size]);
    close(
      spread,
      kernel.flatMap((row) => kernel.map((column) => row * column)),
    );
  });

  it('is lost by a Gaussian of a given width', () => {
    const sigma = 1.3;
    const gauss = Array.from({ length: 9 }, (_, i) => Math.exp(-((i - 4) ** 2) / (2 * sigma ** 2)));
    const sum = gauss.reduce((total, value) => total + value, 0);
    const [spread] = after({ name: 'blur', sigma: [sigma, sigma] }, [impulse(9)], [9, 9]);
    close(
      spread,
      gauss.flatMap((row) => gauss.map((column) => (row * column) / sum ** 2)),
    );
    close(after({ name: 'blur', sigma: [0, 0] }, [impulse(3)], [3, 3])[0], [...impulse(3)]);
  });

  it('leaves even ground even, up to the edges, and keeps the mean of small views', () => {
    close(after({ name: 'blur', kernel: [7] }, [new Array(12).fill(0.7)], [3, 4])[0], new Array(12).fill(0.7));
    const [row] = after({ name: 'blur', kernel: [7] }, [[1, 0]], [1, 2]);
    expect(mean(row)).toBeCloseTo(0.5, 6);
  });

  it('is lost in some of the bands', () => {
    let both = 0;
    for (let seed = 0; seed < 400; seed++) {
      const bands = after({ name: 'blur', kernel: [3], bandProbability: 0.5 }, [impulse(3), impulse(3)], [3, 3], seed);
      if (bands.every((band) => band[4] < 0.5)) both++;
    }
    expect(Math.abs(both / 400 - 0.25)).toBeLessThan(0.09);
  });

  it('is lost with resolution: nearest down, bilinear up', () => {
    const values = Array.from({ length: 8 }, (_, i) => i);
    // 4 of 8 columns are left, those right of the middle of each pair
    close(
      after({ name: 'low-resolution', zoom: [0.5, 0.5] }, [values], [1, 8])[0],
      [1, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7],
    );
    close(after({ name: 'low-resolution', zoom: [1, 1] }, [values], [1, 8])[0], values);
  });
});

describe('noise', () => {
  const even = (value: number) => new Float64Array(100 * 100).fill(value);

  it('is Gaussian, of the deviation asked for, and its own in each band', () => {
    const [first, second] = after({ name: 'noise', sigma: [0.1, 0.1] }, [even(0.5), even(0.5)], [100, 100]);
    for (const band of [first, second]) {
      const standard = band.map((value) => (value - 0.5) / 0.1);
      expect(Math.abs(mean(standard))).toBeLessThan(0.04);
      expect(Math.abs(deviation(standard) - 1)).toBeLessThan(0.03);
      const within = (limit: number) => standard.filter((value) => Math.abs(value) < limit).length / standard.length;
      expect(Math.abs(within(1) - 0.6827)).toBeLessThan(0.02);
      expect(Math.abs(within(2) - 0.9545)).toBeLessThan(0.01);
      expect(Math.abs(within(3) - 0.9973)).toBeLessThan(0.003);
    }
    expect(Math.abs(mean(first.map((value, i) => (value - 0.5) * (second[i] - 0.5))) / 0.01)).toBeLessThan(0.05);
  });

  it('replaces as many pixels as asked for, in all bands at once', () => {
    const [first, second] = after({ name: 'pixel-noise', share: 0.05 }, [even(2), even(3)], [100, 100]);
    const replaced = first.flatMap((value, i) => (value === 2 ? [] : [i]));
    expect(Math.abs(replaced.length - 500)).toBeLessThan(90);
    for (const i of replaced) {
      expect(second[i]).not.toBe(3);
      expect(first[i]).toBeGreaterThanOrEqual(0);
      expect(first[i]).toBeLessThanOrEqual(1);
    }
    expect(Math.abs(mean(replaced.map((i) => first[i])) - 0.5)).toBeLessThan(0.06);
    expect(second.filter((value) => value !== 3).length).toBe(replaced.length);
    const count = (share: number) =>
      after({ name: 'pixel-noise', share }, [even(2)], [100, 100])[0].filter((value) => value !== 2).length;
    expect([count(0), count(1)]).toEqual([0, 10_000]);
  });

  it('drops bands, but never all of them', () => {
    let dropped = 0;
    for (let seed = 0; seed < 500; seed++) {
      const bands = after({ name: 'drop-bands', bandProbability: 0.3 }, [[1], [1], [1]], [1, 1], seed);
      dropped += bands.filter(([value]) => value === 0).length;
      expect(
        after({ name: 'drop-bands', bandProbability: 1 }, [[1], [1]], [1, 1], seed)
          .flat()
          .sort(),
      ).toEqual([0, 1]);
      expect(after({ name: 'drop-bands', bandProbability: 1, bands: [1] }, [[1], [1]], [1, 1], seed).flat()).toEqual([
        1, 0,
      ]);
    }
    expect(Math.abs(dropped / 1500 - 0.3)).toBeLessThan(0.05);
  });
});
