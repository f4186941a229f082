import type { FileDataset } from '@lulc/sentinel2-data/node';
import { expect, it } from 'vitest';
import { chooseIndices } from './examples.js';

/** A dataset of labels alone. */
function labelled(classes: number, labels: readonly (readonly number[])[]): FileDataset {
  const info = { classes: Array.from({ length: classes }, (_, c) => `class ${c}`) };
  return { info, length: labels.length, label: (index: number) => labels[index] } as unknown as FileDataset;
}

it('shows every class before one is shown twice', () => {
  const part = labelled(3, [[0], [0], [0], [0], [1], [1], [2]]);
  const classesOf = (count: number) => chooseIndices(part, count, 1).map((index) => part.label(index)[0]);
  expect(classesOf(3).sort()).toEqual([0, 1, 2]);
  expect(classesOf(5).sort()).toEqual([0, 0, 1, 1, 2]);
  expect(classesOf(100)).toHaveLength(7);
  expect(chooseIndices(part, 4, 1)).toEqual(chooseIndices(part, 4, 1));
  expect(new Set(Array.from({ length: 20 }, (_, seed) => String(chooseIndices(part, 4, seed)))).size).toBeGreaterThan(
    1,
  );
});

it('makes do with images without a label and classes without an image', () => {
  expect([...chooseIndices(labelled(4, [[], [3], []]), 3, 1)].sort()).toEqual([0, 1, 2]);
  expect(chooseIndices(labelled(2, []), 3, 1)).toEqual([]);
});
