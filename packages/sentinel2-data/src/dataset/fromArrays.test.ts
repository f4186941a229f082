import { describe, expect, it } from 'vitest';
import { fromArrays } from './fromArrays.js';

const image = { data: new Uint8Array(12), shape: [2, 2, 3] as const };
const rest = { classes: ['a', 'b'], bands: ['B04', 'B03', 'B02'] };

describe('a dataset of arrays', () => {
  it('knows its task and size from what it holds', async () => {
    const single = fromArrays({ images: [image, image], labels: [[0], [1]], ids: ['x', 'y'], ...rest });
    expect(single.info).toMatchObject({ task: 'single-label', imageSize: [2, 2], simulated: false });
    expect((await single.get(1)).meta.id).toBe('y');
    const wide = { data: new Uint8Array(24), shape: [2, 4, 3] as const };
    const multi = fromArrays({ images: [image, wide], labels: [[], [0, 1]], ...rest, info: { simulated: true } });
    expect(multi.info).toMatchObject({ task: 'multi-label', imageSize: undefined, simulated: true });
  });

  it('refuses what does not fit together', async () => {
    expect(() => fromArrays({ images: [image], labels: [], ...rest })).toThrow(/1 images but 0 labels/);
    expect(() => fromArrays({ images: [image], labels: [[2]], ...rest })).toThrow(/not one of 2 classes/);
    expect(() => fromArrays({ images: [{ ...image, shape: [2, 2, 2] }], labels: [[0]], ...rest })).toThrow(
      /shape 2 x 2 x 2/,
    );
    const dataset = fromArrays({ images: [image], labels: [[0]], ...rest });
    await expect(dataset.get(1)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
