import { ignoreLabel, type SegmentationBatch, type SegmentationSource } from '../data/segmentation.js';
import { random } from '../random/random.js';
import { memoryBatches } from './memoryBatches.js';

/**
 * A small simulated source for tests: halves of two classes, each class painting its own band under noise, the last row of
 * every mask unknown.
 */
export function memorySegmentation(options: {
  readonly length: number;
  readonly batchSize: number;
  readonly classes?: number;
  readonly size?: number;
  readonly noise?: number;
  readonly seed?: number;
  /** Soft targets of two channels: the image's first band, and 1. */
  readonly soft?: boolean;
}): SegmentationSource & { readonly asked: readonly (readonly [epoch: number, fromStep: number])[] } {
  const { length, batchSize, classes = 3, size = 8, noise = 0.3, seed = 1, soft = false } = options;

  const batch = (epoch: number, indices: readonly number[]): SegmentationBatch => {
    const pixels = size * size;
    const images = new Float32Array(indices.length * pixels * classes);
    const masks = new Uint8Array(indices.length * pixels);
    indices.forEach((index, row) => {
      const halves = random(seed, 1, index);
      const [left, right] = [halves.integer(classes), halves.integer(classes)];
      const draws = random(seed, 2, epoch, index);
      for (let pixel = 0; pixel < pixels; pixel++) {
        const held = pixel % size < size / 2 ? left : right;
        masks[row * pixels + pixel] = pixel >= pixels - size ? ignoreLabel : held;
        for (let c = 0; c < classes; c++) {
          images[(row * pixels + pixel) * classes + c] = Number(c === held) + noise * draws.normal();
        }
      }
    });
    return {
      images,
      imageShape: [indices.length, size, size, classes],
      masks,
      maskShape: [indices.length, size, size],
      ...(soft && {
        soft: Float32Array.from({ length: 2 * masks.length }, (_, i) => (i % 2 ? 1 : images[(i / 2) * classes])),
      }),
      indices,
    };
  };

  const source = memoryBatches({ length, batchSize, seed, classes, size, batch });
  return soft ? { ...source, info: { ...source.info, softChannels: 2 } } : source;
}
