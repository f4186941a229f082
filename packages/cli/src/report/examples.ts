import { type ClassificationTask, gradCam, LulcError, random, type ScalingStatistics } from '@lulc/core';
import { subset } from '@lulc/sentinel2-data';
import type { FileDataset } from '@lulc/sentinel2-data/node';
import { type Tensor2D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';
import { loaderOf } from '../run/loaders.js';
import { commonStretch, compositePng, overlayPng, type Stretch } from './pictures.js';

/** A test image with what the model says of it. */
export interface Example {
  /** Identity within the dataset. */
  readonly id: string;
  /** True class names. */
  readonly truth: readonly string[];
  /** Predicted class names with their probability, the most probable first. */
  readonly predicted: readonly {
    /** The class. */
    readonly name: string;
    /** Its probability, 0 … 1. */
    readonly probability: number;
  }[];
  /** Whether both are the same classes, some are, or none. */
  readonly agreement: 'exact' | 'partly' | 'wrong';
  /** The class whose evidence the overlay shows. */
  readonly explained: string;
  /** Whether there is any evidence for it to show. */
  readonly hasEvidence: boolean;
  /** The image in display colours, as a data URI. */
  readonly image: string;
  /** The image with the Grad-CAM of the explained class over it, as a data URI. */
  readonly overlay: string;
}

/** What {@link explainExamples} works on. */
export interface ExamplesOptions {
  /** A trained classifier. */
  readonly model: LayersModel;
  /** Where images are taken from. */
  readonly part: FileDataset;
  /** How images are prepared. */
  readonly config: Config;
  /** By what they are scaled. */
  readonly scaling: ScalingStatistics;
  /** How many are shown. */
  readonly count: number;
}

/** Images that are explained at once. */
const atOnce = 4;

/**
 * Test images with predictions and Grad-CAM. Classes take turns, so that each is shown before one is shown twice; which
 * image of a class is taken depends on the seed, not on how well the model does.
 */
export async function explainExamples({
  model,
  part,
  config,
  scaling,
  count,
}: ExamplesOptions): Promise<readonly Example[]> {
  const chosen = chooseIndices(part, count, config.seed);
  if (chosen.length === 0) return [];
  const shown = subset(part, chosen);
  const training = { ...config.training, batchSize: Math.min(atOnce, shown.length) };
  const source = loaderOf(shown, false, { ...config, training }, model, scaling);
  const examples: Example[] = [];
  const shownImages = await Promise.all(chosen.map(async (index) => (await part.get(index)).image));
  const stretch = commonStretch(shownImages, part.info.bands);
  try {
    for await (const { images, imageShape, labels, labelShape, indices } of source.epoch(0)) {
      const [rows, height, width] = imageShape;
      const classes = labelShape[1];
      const tensors = tidy(() => {
        const batch = tensor4d(images.slice(), [...imageShape]);
        const probabilities = model.predict(batch, { batchSize: rows }) as Tensor2D;
        return { probabilities, maps: gradCam(model, batch) };
      });
      const [probabilities, maps] = await Promise.all([tensors.probabilities.data(), tensors.maps.data()]);
      tensors.probabilities.dispose();
      tensors.maps.dispose();
      const truths = labels.slice();
      for (let row = 0; row < rows; row++) {
        const pixels = height * width;
        examples.push(
          await describeExample(shown, indices[row], {
            probabilities: probabilities.subarray(row * classes, (row + 1) * classes) as Float32Array,
            truth: truths.subarray(row * classes, (row + 1) * classes),
            map: { data: maps.subarray(row * pixels, (row + 1) * pixels) as Float32Array, height, width },
            threshold: config.training.threshold,
            stretch,
          }),
        );
      }
    }
  } finally {
    await source.close();
  }
  return examples;
}

/** Indices of which every class gets its turn. */
export function chooseIndices(part: FileDataset, count: number, seed: number): readonly number[] {
  const order = [...random(seed, 0xe8a).permutation(part.length)];
  const ofClass = part.info.classes.map((_, c) => order.filter((index) => part.label(index).includes(c)));
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, part.length)) {
    const before = chosen.size;
    for (const members of ofClass) {
      const next = members.find((index) => !chosen.has(index));
      if (next !== undefined && chosen.size < count) chosen.add(next);
    }
    if (chosen.size === before) {
      // what is left has no label at all
      const rest = order.find((index) => !chosen.has(index));
      if (rest === undefined) break;
      chosen.add(rest);
    }
  }
  return [...chosen];
}

interface ExampleValues {
  readonly probabilities: Float32Array;
  readonly truth: Float32Array;
  readonly map: { readonly data: Float32Array; readonly height: number; readonly width: number };
  readonly threshold: number;
  readonly stretch: Stretch;
}

async function describeExample(
  part: FileDataset,
  index: number,
  { probabilities, truth, map, threshold, stretch }: ExampleValues,
): Promise<Example> {
  const { classes, bands, task } = part.info;
  const { image, meta } = await part.get(index);
  const best = probabilities.indexOf(Math.max(...probabilities));
  if (best < 0) throw new LulcError('internal', 'the model gave probabilities that are not numbers');
  const positive = predictedClasses(task, probabilities, threshold);
  const isTrue = classes.map((_, c) => truth[c] > 0.5);
  return {
    id: meta.id,
    truth: classes.filter((_, c) => isTrue[c]),
    predicted: positive.map((c) => ({ name: classes[c], probability: probabilities[c] })),
    agreement: agreementOf(isTrue, positive),
    explained: classes[best],
    hasEvidence: map.data.some((value) => value > 0),
    image: await compositePng(image, bands, stretch),
    overlay: await overlayPng(image, bands, stretch, map),
  };
}

function agreementOf(isTrue: readonly boolean[], positive: readonly number[]): Example['agreement'] {
  if (isTrue.every((value, c) => value === positive.includes(c))) return 'exact';
  return positive.some((c) => isTrue[c]) ? 'partly' : 'wrong';
}

/** Class indices that are predicted, the most probable first. */
function predictedClasses(task: ClassificationTask, probabilities: Float32Array, threshold: number): readonly number[] {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  return task === 'single-label' ? order.slice(0, 1) : order.filter((c) => probabilities[c] >= threshold);
}
