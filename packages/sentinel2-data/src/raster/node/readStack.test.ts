import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StackOptions } from '../../dataset/fileDataset.js';
import { put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { resample } from '../resample.js';
import { readStack } from './readStack.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

async function stored(name: string, values: Uint8Array | Uint16Array | Float32Array, size: number): Promise<string> {
  const file = path.join(folder, name);
  await put(file, tiffBytes(values, size, size));
  return file;
}

const stack = (options: Partial<StackOptions> & Pick<StackOptions, 'bands'>): StackOptions => ({
  channels: options.bands.map(() => [0]),
  resample: 'nearest',
  nodata: undefined,
  ...options,
});

describe('stacking files', () => {
  it('interleaves bands on the finest grid, coarse ones by the method asked for', async () => {
    const fine = ramp(Uint16Array, 16);
    const coarse = Uint16Array.of(10, 20, 30, 40);
    const files = [await stored('fine.tif', fine, 4), await stored('coarse.tif', coarse, 2)];
    for (const method of ['nearest', 'bilinear', 'bicubic'] as const) {
      const { data, shape } = await readStack(files, stack({ bands: ['a', 'b'], resample: method }));
      expect(shape).toEqual([4, 4, 2]);
      expect(data).toBeInstanceOf(Uint16Array);
      const grown = resample({ data: coarse, shape: [2, 2, 1] }, [4, 4], method);
      expect([...data].filter((_, i) => i % 2 === 0)).toEqual([...fine]);
      expect([...data].filter((_, i) => i % 2 === 1)).toEqual([...grown].map((value) => Math.round(value)));
    }
  });

  it('keeps bicubic overshoot within the number type', async () => {
    const steep = Uint16Array.of(0, 60000, 60000, 0);
    const { data } = await readStack(
      [await stored('steep.tif', steep, 2)],
      stack({ bands: ['a'], resample: 'bicubic', size: [8, 8] }),
    );
    const free = resample({ data: steep, shape: [2, 2, 1] }, [8, 8], 'bicubic');
    expect(Math.min(...free)).toBeLessThan(0);
    expect(data[free.indexOf(Math.min(...free))]).toBe(0);
  });

  it('becomes floating point when number types differ', async () => {
    const files = [
      await stored('s2.tif', Uint16Array.of(1, 2, 3, 4), 2),
      await stored('s1.tif', Float32Array.of(-1.5, -2.5, -3.5, -4.5), 2),
    ];
    const { data } = await readStack(files, stack({ bands: ['B02', 'VV'] }));
    expect(data).toEqual(Float32Array.of(1, -1.5, 2, -2.5, 3, -3.5, 4, -4.5));
  });

  it('takes the channels asked for', async () => {
    const file = await stored('three.tif', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 2);
    const { data } = await readStack([file], stack({ bands: ['c', 'a'], channels: [[2, 0]] }));
    expect([...data]).toEqual([3, 1, 6, 4, 9, 7, 12, 10]);
  });

  it('names the file of a wrong size, a missing channel, or nothing but nodata', async () => {
    const file = await stored('small.tif', ramp(Uint16Array, 4), 2);
    await expect(readStack([file], stack({ bands: ['a'], fileSizes: [[3, 3]] }))).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file },
    });
    await expect(readStack([file], stack({ bands: ['a'], channels: [[1]] }))).rejects.toMatchObject({
      code: 'corrupt-file',
    });
    const zero = await stored('zero.tif', new Uint16Array(4), 2);
    await expect(readStack([file, zero], stack({ bands: ['a', 'b'], nodata: 0 }))).rejects.toMatchObject({
      code: 'nodata',
      where: { file: zero, band: 'b' },
    });
    const holes = await stored('holes.tif', Float32Array.of(1, Number.NaN, 2, 3), 2);
    await expect(readStack([holes], stack({ bands: ['VV'] }))).rejects.toMatchObject({ code: 'nodata' });
    expect((await readStack([zero], stack({ bands: ['a'] }))).data).toHaveLength(4);
  });
});
