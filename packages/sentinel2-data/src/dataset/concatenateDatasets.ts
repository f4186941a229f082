import { type ImageSet, LulcError, type SampleMeta } from '@lulc/core';
import type { SegmentationDataset, SoftTargetFile } from '@lulc/core/segmentation';
import { checkIndex } from './fromArrays.js';

/** Segmentation datasets one after the other; see {@link concatenateDatasets}. */
export interface ConcatenatedDataset extends SegmentationDataset {
  /** The datasets. */
  readonly members: readonly SegmentationDataset[];
  /**
   * Which sample of which of the datasets a sample is.
   *
   * @param index 0 … length−1
   */
  member(index: number): readonly [member: number, index: number];
  /**
   * Where a sample comes from, without reading its pixels; absent when one of the datasets does not know.
   *
   * @param index 0 … length−1
   */
  meta?(index: number): SampleMeta;
}

/**
 * True for datasets that were put together.
 *
 * @param set any set of images
 */
export function isConcatenated(set: ImageSet): set is ConcatenatedDataset {
  return 'members' in set && 'member' in set;
}

/**
 * Segmentation datasets one after the other: several archives, or labelled and {@link unlabelled} images. They may lie in files
 * of different kinds; loaders with threads read all of them.
 *
 * @param datasets one or more, of equal bands, classes and channels of soft targets
 * @returns all their samples, those of the first dataset first
 * @throws LulcError `invalid-argument` without a dataset, `incompatible` for bands, classes or soft targets that differ
 * @example
 * ```ts
 * import { concatenateDatasets, segmentationFromArrays } from '@lulc/sentinel2-data';
 *
 * const chip = (label: number) =>
 *   segmentationFromArrays({
 *     images: [{ data: new Uint8Array(4), shape: [2, 2, 1] }],
 *     masks: [{ data: new Uint8Array(4).fill(label), shape: [2, 2] }],
 *     classes: ['clear', 'cloud'],
 *     bands: ['B02'],
 *   });
 * const both = concatenateDatasets([chip(0), chip(1)]);
 * console.log(both.length, (await both.get(1)).mask.data[0]); // 2 1
 * ```
 */
export function concatenateDatasets(datasets: readonly SegmentationDataset[]): ConcatenatedDataset {
  const [first] = datasets;
  if (first === undefined) throw new LulcError('invalid-argument', 'there is no dataset to concatenate');
  datasets.forEach((dataset, which) => {
    checkAlike(first, dataset, which);
  });
  const starts = datasets.map((_, which) => datasets.slice(0, which).reduce((sum, { length }) => sum + length, 0));
  const length = datasets.reduce((sum, dataset) => sum + dataset.length, 0);
  const place = (index: number): readonly [which: number, index: number] => {
    checkIndex(index, length);
    const which = starts.findLastIndex((start) => start <= index);
    return [which, index - starts[which]];
  };
  // datasets that were put together themselves give their own members
  const own = datasets.map((dataset) => (isConcatenated(dataset) ? dataset.members : [dataset]));
  const ahead = own.map((_, which) => own.slice(0, which).flat().length);
  const metas = datasets as readonly (SegmentationDataset & { meta?(index: number): SampleMeta })[];
  return {
    info: infoOf(datasets),
    length,
    members: own.flat(),
    member: (index) => {
      const [which, at] = place(index);
      const dataset = datasets[which];
      const [member, inside] = isConcatenated(dataset) ? dataset.member(at) : [0, at];
      return [ahead[which] + member, inside];
    },
    get: async (index) => {
      const [which, at] = place(index);
      return datasets[which].get(at);
    },
    ...withAll(metas, 'meta', place),
    ...withAll(datasets, 'softFile', place),
  };
}

/** A method that every dataset has, for all their samples. */
function withAll<Name extends 'meta' | 'softFile'>(
  datasets: readonly { readonly [Method in Name]?: (index: number) => SampleMeta | SoftTargetFile }[],
  name: Name,
  place: (index: number) => readonly [which: number, index: number],
) {
  if (!datasets.every((dataset) => dataset[name] !== undefined)) return {};
  return {
    [name]: (index: number) => {
      const [which, at] = place(index);
      return datasets[which][name]?.(at);
    },
  };
}

function checkAlike({ info }: SegmentationDataset, { info: other }: SegmentationDataset, which: number): void {
  const facts = (of: typeof info) => ({
    bands: of.bands.join(', '),
    classes: of.classes.join(', '),
    'soft targets': String(of.softChannels ?? 0),
  });
  const [expected, found] = [facts(info), facts(other)];
  for (const fact of Object.keys(expected) as (keyof typeof expected)[]) {
    if (expected[fact] === found[fact]) continue;
    throw new LulcError('incompatible', `datasets of different ${fact} do not go together`, {
      where: { dataset: which, first: expected[fact], other: found[fact] },
    });
  }
}

function infoOf(datasets: readonly SegmentationDataset[]): SegmentationDataset['info'] {
  const infos = datasets.map(({ info }) => info);
  const [first] = infos;
  const joined = (texts: readonly string[]) => [...new Set(texts)].join(', ');
  const common = <T>(values: readonly T[]) =>
    values.every((value) => JSON.stringify(value) === JSON.stringify(values[0])) ? values[0] : undefined;
  return {
    ...first,
    name: joined(infos.map(({ name }) => name)),
    split: joined(infos.map(({ split }) => split)),
    imageSize: common(infos.map(({ imageSize }) => imageSize)),
    groundSamplingDistance: common(infos.map(({ groundSamplingDistance }) => groundSamplingDistance)),
    scaling: common(infos.map(({ scaling }) => scaling)),
    simulated: infos.some(({ simulated }) => simulated),
    licence: joined(infos.map(({ licence }) => licence)),
    citation: joined(infos.map(({ citation }) => citation)),
  };
}
