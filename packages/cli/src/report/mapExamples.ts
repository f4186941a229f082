import { random } from '@lulc/core';
import {
  type Colour,
  ignoreLabel,
  type MaskArray,
  predictMaskBatches,
  type SegmentationSource,
} from '@lulc/core/segmentation';
import { subset } from '@lulc/sentinel2-data';
import type { SegmentationFileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { commonStretch, compositePng, maskPng } from './pictures.js';

/** A test image with its true and its predicted map. */
export interface MapExample {
  /** Identity within the dataset. */
  readonly id: string;
  /** The image in display colours, as a data URI. */
  readonly image: string;
  /** The true map in class colours, as a data URI; transparent where nothing is known. */
  readonly truth: string;
  /** The predicted map in class colours, as a data URI. */
  readonly predicted: string;
  /** Share of the pixels with a label whose class is right; undefined without any. */
  readonly right: number | undefined;
  /** Classes of the true map with their share of all pixels, the largest first. */
  readonly trueShares: readonly ClassShare[];
  /** Classes of the predicted map with their share of all pixels, the largest first. */
  readonly predictedShares: readonly ClassShare[];
}

/** How much of a map a class has. */
export interface ClassShare {
  /** The class. */
  readonly name: string;
  /** 0 … 1. */
  readonly share: number;
}

/** What {@link mapExamples} works on. */
export interface MapExamplesOptions {
  /** A trained segmenter. */
  readonly model: LayersModel;
  /** Where images are taken from. */
  readonly part: SegmentationFileDataset;
  /** Makes batches of images, as for an evaluation; the caller closes them. */
  readonly batches: (part: SegmentationFileDataset) => SegmentationSource;
  /** Colours by class. */
  readonly palette: readonly Colour[];
  /** How many are shown. */
  readonly count: number;
  /** Same seed, same images. */
  readonly seed: number;
}

/** Test images with true and predicted maps. Which ones depends on the seed, not on how well the model does. */
export async function mapExamples(options: MapExamplesOptions): Promise<readonly MapExample[]> {
  const { model, part, batches, palette, count, seed } = options;
  const chosen = chosenExamples(part, count, seed);
  if (chosen.length === 0) return [];
  const shown = subset(part, chosen);
  const images = await Promise.all(chosen.map(async (index) => (await part.get(index)).image));
  const { bands, classes } = part.info;
  const stretch = commonStretch(images, bands);
  const examples: MapExample[] = [];
  for await (const { indices, predicted, masks, shape } of predictMaskBatches(model, batches(shown))) {
    const [, height, width] = shape;
    const mapOf = (maps: Uint8Array, row: number): MaskArray => ({
      data: maps.subarray(row * height * width, (row + 1) * height * width),
      shape: [height, width],
    });
    for (const [row, index] of indices.entries()) {
      const [truth, said] = [mapOf(masks, row), mapOf(predicted, row)];
      examples.push({
        id: shown.meta(index).id,
        image: await compositePng(images[index], bands, stretch),
        truth: await maskPng(truth, palette),
        predicted: await maskPng(said, palette),
        right: shareRight(truth, said),
        trueShares: classShares(truth, classes),
        predictedShares: classShares(said, classes),
      });
    }
  }
  return examples;
}

/** Indices of the samples that are shown. */
export function chosenExamples(
  { length }: { readonly length: number },
  count: number,
  seed: number,
): readonly number[] {
  return [...random(seed, 0xe8a).permutation(length).slice(0, count)];
}

/** Share of the pixels of known class whose class is right; undefined without any. */
export function shareRight({ data: truth }: MaskArray, { data: said }: MaskArray): number | undefined {
  let [known, right] = [0, 0];
  truth.forEach((label, pixel) => {
    if (label === ignoreLabel) return;
    known++;
    if (label === said[pixel]) right++;
  });
  return known === 0 ? undefined : right / known;
}

function classShares({ data }: MaskArray, classes: readonly string[]): readonly ClassShare[] {
  const counts = new Uint32Array(ignoreLabel + 1);
  for (const label of data) counts[label]++;
  return classes
    .map((name, c) => ({ name, share: counts[c] / data.length }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
}
