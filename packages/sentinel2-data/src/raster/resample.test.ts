import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resample, resampleWindow, windowBeneath } from './resample.js';

interface Golden {
  readonly jobs: readonly {
    readonly input: { readonly name: string; readonly shape: readonly number[]; readonly k: number };
    readonly size: readonly [number, number];
    readonly output: { readonly values: readonly number[] };
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../golden/bicubic-resize.json', import.meta.url), 'utf8'),
);

function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The input of a golden vector, by the hash its description states (seed 0). */
function goldenInput(k: number, length: number): Float32Array {
  const a = mix32((Math.imul(k, 0x9e3779b1) + 0x165667b1) | 0);
  return Float32Array.from({ length }, (_, j) => (mix32(a ^ Math.imul(j, 0xc2b2ae3d)) / 4294967296) * 2 - 1);
}

describe('bicubic resampling', () => {
  it.each(golden.jobs.map((job) => [job.input.name, job] as const))('agrees with TensorFlow 2: %s', (_, job) => {
    const [, height, width, bands] = job.input.shape;
    const data = goldenInput(job.input.k, height * width * bands);
    const out = resample({ data, shape: [height, width, bands] }, job.size, 'bicubic');
    expect(out.length).toBe(job.output.values.length);
    const worst = job.output.values.reduce((most, value, i) => Math.max(most, Math.abs(value - out[i])), 0);
    expect(worst).toBeLessThan(2e-6);
  });
});

describe('resampling', () => {
  const image = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2, 1] as const };

  it('keeps an image of the same size as it is', () => {
    for (const method of ['nearest', 'bilinear', 'bicubic'] as const) {
      expect([...resample(image, [2, 2], method)]).toEqual([1, 2, 3, 4]);
    }
  });

  it('repeats pixels (nearest) and runs linearly between centres (bilinear)', () => {
    expect([...resample(image, [2, 4], 'nearest')]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect([...resample(image, [2, 4], 'bilinear')]).toEqual([1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4]);
  });

  it('keeps bands apart and constants constant', () => {
    const data = Float32Array.from({ length: 5 * 7 * 2 }, (_, i) => (i % 2 === 0 ? 3 : -8));
    for (const method of ['nearest', 'bilinear', 'bicubic'] as const) {
      const out = resample({ data, shape: [5, 7, 2] }, [11, 4], method);
      out.forEach((value, i) => {
        expect(value).toBeCloseTo(i % 2 === 0 ? 3 : -8, 5);
      });
    }
  });

  it('refuses an empty size', () => {
    expect(() => resample(image, [0, 2], 'bicubic')).toThrow(/cannot resize/);
  });
});

describe('a window on another grid', () => {
  // Landsat's panchromatic band has 2n − 1 pixels for n of the others
  const [size, grid] = [
    [21, 17],
    [11, 9],
  ] as const;
  const data = Float32Array.from({ length: size[0] * size[1] * 2 }, (_, i) => (i * 37) % 101);
  const cut = (top: number, left: number, height: number, width: number) =>
    Float32Array.from({ length: height * width * 2 }, (_, i) => {
      const [y, x] = [top + Math.floor(i / 2 / width), left + (Math.floor(i / 2) % width)];
      return data[(y * size[1] + x) * 2 + (i % 2)];
    });

  it.each(['nearest', 'bilinear', 'bicubic'] as const)('is that of the whole image, %s', (method) => {
    const whole = resample({ data, shape: [...size, 2] }, grid, method);
    for (const [top, left, height, width] of [
      [0, 0, 11, 9],
      [0, 0, 4, 3],
      [5, 4, 3, 2],
      [10, 8, 1, 1],
    ]) {
      const window = { top, left, height, width };
      const beneath = windowBeneath(window, grid, size, method);
      expect(beneath.height).toBeLessThanOrEqual(2 * height + 4);
      const values = cut(beneath.top, beneath.left, beneath.height, beneath.width);
      const part = resampleWindow(
        { data: values, shape: [beneath.height, beneath.width, 2] },
        window,
        grid,
        size,
        method,
      );
      const expected = Array.from({ length: height * width * 2 }, (_, i) => {
        const [y, x] = [top + Math.floor(i / 2 / width), left + (Math.floor(i / 2) % width)];
        return whole[(y * grid[1] + x) * 2 + (i % 2)];
      });
      expect([...part]).toEqual(expected);
    }
  });

  it('is itself on the same grid', () => {
    const window = { top: 3, left: 2, height: 5, width: 4 };
    expect(windowBeneath(window, size, size, 'bicubic')).toEqual(window);
  });
});
