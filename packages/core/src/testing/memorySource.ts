import type { Batch, BatchSource, ClassificationTask } from '../data/types.js';
import { random } from '../random/random.js';
import { memoryBatches } from './memoryBatches.js';

/** A small simulated source for tests: each class paints its own band, under noise; new noise and order every epoch. */
export function memorySource(options: {
  readonly task: ClassificationTask;
  readonly length: number;
  readonly batchSize: number;
  readonly classes?: number;
  readonly size?: number;
  readonly noise?: number;
  readonly seed?: number;
}): BatchSource & { readonly asked: readonly (readonly [epoch: number, fromStep: number])[] } {
  const { task, length, batchSize, classes = 3, size = 6, noise = 0.3, seed = 1 } = options;

  const labelsOf = (index: number): number[] => {
    const draws = random(seed, 1, index);
    const hot = draws.integer(classes);
    return Array.from({ length: classes }, (_, c) => (task === 'single-label' ? Number(c === hot) : draws.integer(2)));
  };
  const batch = (epoch: number, indices: readonly number[]): Batch => {
    const images = new Float32Array(indices.length * size * size * classes);
    const labels = indices.map(labelsOf);
    indices.forEach((index, row) => {
      const draws = random(seed, 2, epoch, index);
      for (let pixel = 0; pixel < size * size; pixel++) {
        for (let c = 0; c < classes; c++) {
          images[(row * size * size + pixel) * classes + c] = labels[row][c] + noise * draws.normal();
        }
      }
    });
    return {
      images,
      imageShape: [indices.length, size, size, classes],
      labels: Float32Array.from(labels.flat()),
      labelShape: [indices.length, classes],
      indices,
    };
  };

  const source = memoryBatches({ length, batchSize, seed, classes, size, batch });
  return { ...source, info: { ...source.info, task } };
}
