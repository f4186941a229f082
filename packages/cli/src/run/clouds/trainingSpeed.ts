import { countUnet, passesPerStep, plainConvUnet } from '@lulc/cloud-unet-kd';
import { type SegmentationSource, trainSegmenter } from '@lulc/core/segmentation';
import { createSegmentationLoader, segmentationFromArrays } from '@lulc/sentinel2-data';
import { median } from '../../bench/results.js';

/** A small U-Net of usual widths. */
const usual = { widths: [32, 64, 128], inputSize: 128 };
const bands = ['B04', 'B03', 'B02', 'B08'];
const classes = ['clear', 'cloud'];
const batchSize = 2;
/** An engine that records does so in the first of them; the median is of those after. */
const steps = 12;

/**
 * Speed of training here: 10⁹ multiply-adds per second of the median step of a short training, as `reducePlan` takes it. It is
 * a training as all are, so its steps are recorded where the engine records.
 *
 * @param options what ends it, a clock in milliseconds, and another network than one of usual size
 */
export async function trainingSpeed({
  signal,
  clock = () => performance.now(),
  network = usual,
}: {
  readonly signal?: AbortSignal;
  readonly clock?: () => number;
  readonly network?: typeof usual;
}): Promise<number> {
  const options = { ...network, bands, classes };
  const model = plainConvUnet(options);
  const { inputSize: size } = network;
  const image = {
    data: Float32Array.from({ length: size * size * bands.length }, (_, i) => (i % 97) / 97),
    shape: [size, size, bands.length] as const,
  };
  const mask = { data: Uint8Array.from({ length: size * size }, (_, i) => i % 2), shape: [size, size] as const };
  const samples = Array.from({ length: steps * batchSize });
  const chips = segmentationFromArrays({
    images: samples.map(() => image),
    masks: samples.map(() => mask),
    classes,
    bands,
  });
  const loader = createSegmentationLoader(chips, { batchSize });
  const milliseconds: number[] = [];
  try {
    await trainSegmenter({ model, train: timed(loader, clock, milliseconds), epochs: 1, ...(signal && { signal }) });
    return (passesPerStep * batchSize * countUnet(options).multiplyAdds) / (median(milliseconds) / 1000) / 1e9;
  } finally {
    await loader.close();
    model.dispose();
  }
}

/** A source that measures how long it takes until the next batch is asked for: the step without the reading. */
function timed(source: SegmentationSource, clock: () => number, milliseconds: number[]): SegmentationSource {
  return {
    ...source,
    async *epoch(epoch, fromStep) {
      for await (const batch of source.epoch(epoch, fromStep)) {
        const begin = clock();
        yield batch;
        milliseconds.push(clock() - begin);
      }
    },
  };
}
