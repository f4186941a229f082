import { random } from '../random/random.js';

/** What a source of simulated batches is made of. */
export interface MemoryBatches<B> {
  /** Number of samples. */
  readonly length: number;
  /** Samples of a full batch. */
  readonly batchSize: number;
  /** Seed of the order. */
  readonly seed: number;
  /** Number of classes; as many bands. */
  readonly classes: number;
  /** Height and width of the images in pixels. */
  readonly size: number;
  /** The samples of a batch. */
  batch(epoch: number, indices: readonly number[]): B;
}

/** The parts of a source that do not depend on what its batches hold; `asked` lists the epochs that were begun. */
export function memoryBatches<B>({ length, batchSize, seed, classes, size, batch }: MemoryBatches<B>) {
  const stepsPerEpoch = Math.ceil(length / batchSize);
  const asked: (readonly [epoch: number, fromStep: number])[] = [];
  const names = Array.from({ length: classes }, (_, c) => c);
  return {
    asked: asked as readonly (readonly [epoch: number, fromStep: number])[],
    info: {
      name: 'simulated',
      split: 'train',
      classes: names.map((c) => `class ${c}`),
      bands: names.map((c) => `B${c}`),
      imageSize: [size, size],
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: true,
      licence: 'none',
      citation: 'none',
    } as const,
    length,
    batchSize,
    stepsPerEpoch,
    async *epoch(epoch: number, fromStep = 0) {
      asked.push([epoch, fromStep]);
      const order = [...random(seed, 3, epoch).permutation(length)];
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        yield batch(epoch, order.slice(step * batchSize, (step + 1) * batchSize));
      }
    },
    close: async () => {},
  };
}
