import { LulcError } from '@lulc/core';
import { type Colour, ignoreLabel } from '@lulc/core/segmentation';
import type { SegmentationFileDataset } from '@lulc/sentinel2-data/node';
import type { CloudJudge } from '../run/clouds/scoreClouds.js';
import { chosenExamples, shareRight } from './mapExamples.js';
import { commonStretch, compositePng, maskPng } from './pictures.js';

/** A picture of a mask, with who said it. */
export interface CloudPicture {
  /** Who: the truth, the teacher … */
  readonly name: string;
  /** In colours, as a data URI; transparent where nothing is known. */
  readonly picture: string;
  /** Share of the pixels of known class that are right; undefined for the truth, and without any. */
  readonly right: number | undefined;
}

/** A chip with its true mask and those of several networks. */
export interface CloudExample {
  /** Identity within the dataset. */
  readonly id: string;
  /** The chip in display colours, as a data URI. */
  readonly image: string;
  /** The true mask, and what networks say. */
  readonly masks: readonly CloudPicture[];
}

/** A network, or several together, by name. */
export interface NamedJudge {
  /** Who. */
  readonly name: string;
  /** What it says. */
  readonly judge: CloudJudge;
}

/** What {@link cloudExamples} works on. */
export interface CloudExamplesOptions {
  /** Where chips are taken from; classes but the first are cloud. */
  readonly part: SegmentationFileDataset;
  /** Who is asked. */
  readonly judges: readonly NamedJudge[];
  /** Probability from which a pixel is cloud. */
  readonly threshold: number;
  /** Colours of clear and cloud. */
  readonly palette: readonly Colour[];
  /** How many are shown. */
  readonly count: number;
  /** Same seed, same chips. */
  readonly seed: number;
}

/** Test chips with their true mask and what networks say. Which ones depends on the seed, not on how well anybody does. */
export async function cloudExamples(options: CloudExamplesOptions): Promise<readonly CloudExample[]> {
  const { part, judges, threshold, palette, count, seed } = options;
  const samples = await Promise.all(chosenExamples(part, count, seed).map((index) => part.get(index)));
  if (samples.length === 0) return [];
  const { bands } = part.info;
  const stretch = commonStretch(
    samples.map(({ image }) => image),
    bands,
  );
  const examples: CloudExample[] = [];
  for (const sample of samples) {
    const { shape } = sample.mask;
    const truth = {
      shape,
      data: Uint8Array.from(sample.mask.data, (label) => (label === ignoreLabel ? label : Number(label > 0))),
    };
    const masks: CloudPicture[] = [{ name: 'truth', picture: await maskPng(truth, palette), right: undefined }];
    for (const { name, judge } of judges) {
      const judged = await judge(sample);
      if (!('probability' in judged))
        throw new LulcError('internal', 'networks tell probabilities', { where: { name } });
      const data = Uint8Array.from(judged.probability, (p) => (Number.isNaN(p) ? ignoreLabel : Number(p >= threshold)));
      masks.push({ name, picture: await maskPng({ shape, data }, palette), right: shareRight(truth, { shape, data }) });
    }
    examples.push({ id: sample.meta.id, image: await compositePng(sample.image, bands, stretch), masks });
  }
  return examples;
}
