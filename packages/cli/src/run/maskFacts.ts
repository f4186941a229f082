import { isLulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationSample } from '@lulc/core/segmentation';
import type { SegmentationFileDataset, SkippedSample } from '@lulc/sentinel2-data/node';

/** Side of the windows in which large images are looked at. */
export const lookSide = 1024;

/** Pixels of some samples. */
export interface PixelFacts {
  /** Samples, or windows of them, that were read. */
  readonly read: number;
  /** Pixels in them. */
  readonly pixels: number;
  /** Share of each class in the pixels with a label, by name; absent without any. */
  readonly classShares?: Readonly<Record<string, number>>;
  /** Share of pixels without a label. */
  readonly unlabelled: number;
  /** Share of pixels that are 0 in every band. */
  readonly nodata: number;
}

/** What is known of one part of images with masks. */
export interface MaskPartFacts extends Partial<PixelFacts> {
  /** Its name. */
  readonly part: string;
  /** Images, or windows where they are cut. */
  readonly samples: number;
  /** Scenes or locations they are of; absent where none is known. */
  readonly groups?: number;
  /** `[height, width]` of the smallest and of the largest image. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Samples that cannot be read. */
  readonly broken: readonly SkippedSample[];
}

/** Pixels of a sample by class, with those of no class last, and those without data. */
interface Counts {
  readonly labels: readonly number[];
  readonly empty: number;
}

/** Counts of samples by id, and what could not be counted. */
export interface Looked {
  readonly counts: ReadonlyMap<string, Counts>;
  readonly broken: readonly SkippedSample[];
}

/**
 * Reads samples and counts what their pixels are.
 *
 * @param dataset cut into windows of {@link lookSide}, or as asked for
 * @param options most samples, taken evenly from the whole list; whether windows that reach back into their neighbour are counted
 *   without what they share with it; who is told
 */
export async function lookAtPixels(
  dataset: SegmentationFileDataset,
  {
    most,
    disjoint,
    signal,
    onProgress,
  }: {
    readonly most: number;
    readonly disjoint: boolean;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Looked> {
  const counts = new Map<string, Counts>();
  const broken: SkippedSample[] = [...dataset.report.skipped];
  const total = Math.min(most, dataset.length);
  for (let taken = 0; taken < total; taken++) {
    signal.throwIfAborted();
    const index = Math.floor((taken * dataset.length) / total);
    const { id } = dataset.meta(index);
    const { top = 0, left = 0 } = (disjoint && dataset.window?.(index)) || {};
    const before = (start: number) => (lookSide - (start % lookSide)) % lookSide;
    try {
      const sample = await dataset.get(index);
      counts.set(id, countsOf(sample, dataset.info.classes.length, [before(top), before(left)]));
    } catch (error) {
      if (!isLulcError(error)) throw error;
      broken.push({ id, code: error.code, message: error.message });
    }
    onProgress(taken + 1, total);
  }
  return { counts, broken };
}

function countsOf(
  { image: { data, shape }, mask }: SegmentationSample,
  classes: number,
  [firstRow, firstColumn]: readonly [number, number],
): Counts {
  const [height, width, bands] = shape;
  const labels = new Array<number>(classes + 1).fill(0);
  let empty = 0;
  for (let row = firstRow; row < height; row++) {
    for (let column = firstColumn; column < width; column++) {
      const pixel = row * width + column;
      const label = mask.data[pixel];
      labels[label === ignoreLabel ? classes : label]++;
      let band = 0;
      while (band < bands && data[pixel * bands + band] === 0) band++;
      if (band === bands) empty++;
    }
  }
  return { labels, empty };
}

/**
 * What is known of a part.
 *
 * @param part its name
 * @param dataset it
 * @param looked at its samples among others
 * @param isCut whether windows are the samples, not the images
 */
export function maskPartFacts(
  part: string,
  dataset: SegmentationFileDataset,
  { counts, broken }: Looked,
  isCut: boolean,
): MaskPartFacts {
  const metas = Array.from({ length: dataset.length }, (_, i) => dataset.meta(i));
  const imageOf = (id: string) => id.replace(/@\d+,\d+$/, '');
  const ends = new Map<string, readonly [number, number]>();
  for (const [i, { id }] of metas.entries()) {
    const { top = 0, left = 0, height = 0, width = 0 } = dataset.window?.(i) ?? {};
    const [bottom, right] = ends.get(imageOf(id)) ?? [0, 0];
    ends.set(imageOf(id), [Math.max(bottom, top + height), Math.max(right, left + width)]);
  }
  const sizes = [...ends.values()].sort((a, b) => a[0] * a[1] - b[0] * b[1]);
  // an image that is cut is the group of its windows when no other is known
  const groups = new Set(
    metas.flatMap(({ id, group }) => (group === undefined || group === imageOf(id) ? [] : [group])),
  );
  const ids = new Set(metas.map(({ id }) => id));
  const skipped = new Set(dataset.report.skipped.map(({ id }) => id));
  return {
    part,
    samples: isCut ? dataset.length : ends.size,
    ...(groups.size === 0 ? {} : { groups: groups.size }),
    sizes: sizes.length === 0 ? [] : [sizes[0], sizes[sizes.length - 1]],
    ...pixelFacts(
      dataset.info.classes,
      [...counts].flatMap(([id, found]) => (ids.has(id) ? [found] : [])),
    ),
    broken: broken.filter(({ id }) => ids.has(id) || skipped.has(id)),
  };
}

function pixelFacts(classes: readonly string[], counts: readonly Counts[]): Partial<PixelFacts> {
  const sum = (of: (one: Counts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const labels = [...classes.keys(), classes.length].map((label) => sum((one) => one.labels[label]));
  const pixels = labels.reduce((a, b) => a + b, 0);
  if (pixels === 0) return {};
  const unlabelled = labels[classes.length];
  const labelled = pixels - unlabelled;
  return {
    read: counts.length,
    pixels,
    ...(labelled > 0 && { classShares: Object.fromEntries(classes.map((name, c) => [name, labels[c] / labelled])) }),
    unlabelled: unlabelled / pixels,
    nodata: sum(({ empty }) => empty) / pixels,
  };
}
