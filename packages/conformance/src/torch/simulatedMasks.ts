import { ignoreLabel, type SegmentationSource } from '@lulc/core/segmentation';

const batch = 3;
const steps = 9;
const bands = ['B02', 'B03', 'B04', 'B08'];

/** What simulated batches are to be like. */
export interface SimulatedMasks {
  /** Height and width in pixels. */
  readonly size: number;
  /** Class names. */
  readonly classes: readonly string[];
  /** Whether a teacher says something of each pixel: nothing in one step, and of some pixels in the others. */
  readonly taught?: boolean;
}

/**
 * Nine simulated batches of three images with masks, whose ignored pixels change from step to step; in one step nothing is
 * known. What a recorded step must get right without having seen it.
 *
 * @param options size, classes and whether there are soft targets of one channel
 */
export function simulatedMasks({ size, classes, taught = false }: SimulatedMasks): SegmentationSource {
  const pixels = batch * size * size;
  return {
    info: {
      name: 'simulated',
      split: 'train',
      classes,
      bands,
      imageSize: [size, size],
      ...(taught ? { softChannels: 1 } : {}),
      groundSamplingDistance: undefined,
      scaling: undefined,
      simulated: true,
      licence: 'none',
      citation: 'none',
    },
    length: batch * steps,
    batchSize: batch,
    stepsPerEpoch: steps,
    async *epoch(_, fromStep = 0) {
      for (let step = fromStep; step < steps; step++) {
        const soft = (_: unknown, i: number) => (step === 7 || i % 7 === 0 ? 0 : 3 * Math.cos(i * 0.9));
        yield {
          images: Float32Array.from({ length: pixels * bands.length }, (_, i) => Math.sin((i + step) * 1.7)),
          imageShape: [batch, size, size, bands.length],
          masks: Uint8Array.from({ length: pixels }, (_, i) =>
            step === 6 || (i + step) % 5 === 0 ? ignoreLabel : (i >> 2) % classes.length,
          ),
          maskShape: [batch, size, size],
          ...(taught ? { soft: Float32Array.from({ length: pixels }, soft) } : {}),
          indices: Array.from({ length: batch }, (_, i) => step * batch + i),
        };
      }
    },
    close: async () => {},
  };
}
