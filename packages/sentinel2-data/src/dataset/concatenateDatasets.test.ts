import { describe, expect, it } from 'vitest';
import { concatenateDatasets, isConcatenated } from './concatenateDatasets.js';
import { fromArrays } from './fromArrays.js';
import { segmentationFromArrays } from './segmentationFromArrays.js';
import { subset } from './subset.js';
import { unlabelled } from './unlabelled.js';

/** Chips of one pixel that hold what is given. */
const chips = (values: readonly number[], more: object = {}) =>
  segmentationFromArrays({
    images: values.map((value) => ({ data: Uint8Array.of(value), shape: [1, 1, 1] })),
    masks: values.map(() => ({ data: Uint8Array.of(1), shape: [1, 1] })),
    classes: ['clear', 'cloud'],
    bands: ['B02'],
    ...more,
  });
const valuesOf = async (set: ReturnType<typeof chips>) =>
  Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).image.data[0]));

describe('datasets one after the other', () => {
  it('have all samples in order', async () => {
    const all = concatenateDatasets([chips([1, 2]), chips([3]), chips([4, 5, 6])]);
    expect(await valuesOf(all)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([0, 2, 5].map((i) => all.member(i))).toEqual([
      [0, 0],
      [1, 0],
      [2, 2],
    ]);
    await expect(all.get(6)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('may be parted and put together again, and still know where each sample lies', async () => {
    const whole = concatenateDatasets([chips([1, 2]), chips([3, 4])]);
    const part = subset(whole, [3, 0]);
    const again = concatenateDatasets([chips([9]), part]);
    expect(await valuesOf(again)).toEqual([9, 4, 1]);
    expect(isConcatenated(part)).toBe(true);
    for (const i of [0, 1, 2]) {
      const [member, at] = again.member(i);
      expect((await again.members[member].get(at)).image).toEqual((await again.get(i)).image);
    }
  });

  it('say of themselves what holds for all', () => {
    const one = chips([1], { info: { name: 'a', licence: 'MIT', groundSamplingDistance: 10 } });
    const other = chips([2], { info: { name: 'b', licence: 'MIT', groundSamplingDistance: 30, simulated: true } });
    expect(concatenateDatasets([one, other]).info).toMatchObject({
      name: 'a, b',
      licence: 'MIT',
      groundSamplingDistance: undefined,
      simulated: true,
      imageSize: [1, 1],
    });
  });

  it('have bands, classes and soft targets in common', () => {
    const soft = [{ data: Float32Array.of(0.5), shape: [1, 1, 1] }];
    for (const [other, what] of [
      [chips([1], { bands: ['B03'] }), 'bands'],
      [chips([1], { classes: ['clear', 'haze'] }), 'classes'],
      [chips([1], { soft }), 'soft targets'],
    ] as const) {
      expect(() => concatenateDatasets([chips([1]), other])).toThrow(
        expect.objectContaining({ code: 'incompatible', message: expect.stringContaining(what) }),
      );
    }
    expect(() => concatenateDatasets([])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('unlabelled images', () => {
  it('know nothing of any pixel, whatever they knew before', async () => {
    const labelled = chips([7, 8]);
    const images = fromArrays({
      images: [{ data: Uint8Array.of(7), shape: [1, 1, 1] }],
      labels: [[0]],
      classes: ['any'],
      bands: ['B02'],
    });
    for (const set of [labelled, images, subset(labelled, [0]), concatenateDatasets([labelled, labelled])]) {
      const unknown = unlabelled(set, ['clear', 'cloud']);
      expect(unknown.info.classes).toEqual(['clear', 'cloud']);
      const { image, mask } = await unknown.get(0);
      expect([image.data[0], ...mask.data]).toEqual([7, 255]);
    }
  });

  it('join labelled ones', async () => {
    const all = concatenateDatasets([chips([1]), unlabelled(chips([2]), ['clear', 'cloud'])]);
    expect([(await all.get(0)).mask.data[0], (await all.get(1)).mask.data[0]]).toEqual([1, 255]);
  });
});
