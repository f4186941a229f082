import { type Batch, type BatchSource, type DatasetInfo, LulcError } from '@lulc/core';
import { checkAugmentation } from '../transforms/augmentation.js';
import { checkLoaderOptions, epochOrder, shardLength } from './epochOrder.js';
import type { LoaderOptions } from './options.js';

/** What differs between loaders: where images and labels come from. */
export interface BatchFiller {
  /** `[height, width]` of the batches; called before the first batch, with a sample that is about to be read. */
  size(index: number): Promise<readonly [number, number]>;
  /** Memory for the images of a batch. */
  allocate(values: number): Float32Array;
  /**
   * Writes the images and labels of a batch.
   *
   * @param epoch number of the epoch
   * @param indices dataset indices of the rows
   * @param images `indices.length · height · width · bands` values
   * @param labels `indices.length · classes` values, all 0
   */
  fill(epoch: number, indices: Uint32Array, images: Float32Array, labels: Float32Array): Promise<void>;
  /** Frees what it holds; what is under way fails. */
  close(): Promise<void>;
}

interface Slot {
  readonly images: Float32Array;
  readonly labels: Float32Array;
}

/**
 * Batches from a filler: order, bounded read-ahead into reused memory, resume, orderly end.
 *
 * @param info description of the dataset
 * @param length number of samples of the dataset
 * @param options what the batches are to be
 * @param filler where the rows come from
 * @throws LulcError `invalid-argument`, `shape-mismatch`
 */
export function batchSource(
  info: DatasetInfo,
  length: number,
  options: LoaderOptions,
  filler: BatchFiller,
): BatchSource {
  const bands = info.bands.length;
  const classes = info.classes.length;
  checkLoaderOptions(options, length, bands);
  checkAugmentation(options.augment ?? {});
  const { batchSize, prefetch = 2, shuffle = false, shard = { rank: 0, world: 1 }, dropRemainder = false } = options;
  const ownLength = shardLength(length, shard, shuffle);
  const steps = dropRemainder ? Math.floor(ownLength / batchSize) : Math.ceil(ownLength / batchSize);
  if (steps === 0 && dropRemainder) {
    throw new LulcError('invalid-argument', `${ownLength} samples make no full batch of ${batchSize}`, {
      hint: 'Lower batchSize or keep the remainder.',
    });
  }
  const free: Slot[] = [];
  let imageSize: readonly [number, number] | undefined;
  let closed = false;

  const open = (): void => {
    if (closed) throw new LulcError('aborted', 'the loader is closed');
  };

  async function* epochFrom(epoch: number, fromStep: number): AsyncGenerator<Batch, void, undefined> {
    open();
    if (fromStep >= steps) return;
    const order = epochOrder(length, options, epoch);
    imageSize ??= await filler.size(order[fromStep * batchSize]);
    const size = imageSize;
    const values = size[0] * size[1] * bands;
    const start = (step: number): Promise<{ batch: Batch; slot: Slot }> => {
      const indices = order.subarray(step * batchSize, Math.min((step + 1) * batchSize, order.length));
      const slot = free.pop() ?? {
        images: filler.allocate(batchSize * values),
        labels: new Float32Array(batchSize * classes),
      };
      const images = slot.images.subarray(0, indices.length * values);
      const labels = slot.labels.subarray(0, indices.length * classes).fill(0);
      const batch: Batch = {
        images,
        imageShape: [indices.length, size[0], size[1], bands],
        labels,
        labelShape: [indices.length, classes],
        indices: Array.from(indices),
      };
      const filled = filler.fill(epoch, indices, images, labels).then(() => ({ batch, slot }));
      // a failure is reported when its turn comes; until then it must not count as unhandled
      filled.catch(() => {});
      return filled;
    };
    const ahead: Promise<{ batch: Batch; slot: Slot }>[] = [];
    let next = fromStep;
    let held: Slot | undefined;
    try {
      for (let step = fromStep; step < steps; step++) {
        while (next < steps && ahead.length <= prefetch) ahead.push(start(next++));
        const ready = await ahead[0];
        ahead.shift();
        held = ready.slot;
        yield ready.batch;
        open();
        free.push(held);
        held = undefined;
      }
    } finally {
      if (held !== undefined) free.push(held);
      for (const outcome of await Promise.allSettled(ahead)) {
        if (outcome.status === 'fulfilled') free.push(outcome.value.slot);
      }
    }
  }

  return {
    info,
    length: ownLength,
    batchSize,
    stepsPerEpoch: steps,
    epoch: (epoch, fromStep = 0) => {
      if (!Number.isInteger(epoch) || epoch < 0 || !Number.isInteger(fromStep) || fromStep < 0) {
        throw new LulcError('invalid-argument', 'epoch and step are whole numbers from 0', {
          where: { epoch, fromStep },
        });
      }
      return { [Symbol.asyncIterator]: () => epochFrom(epoch, fromStep) };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      free.length = 0;
      await filler.close();
    },
  };
}

/**
 * Sets the labels of a row.
 *
 * @param label class indices that hold
 * @param row row of the batch
 * @param classes number of classes
 * @param labels `[rows, classes]`
 */
export function writeLabel(label: readonly number[], row: number, classes: number, labels: Float32Array): void {
  for (const index of label) labels[row * classes + index] = 1;
}
