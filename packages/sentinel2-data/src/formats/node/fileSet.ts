import { type ImageSetInfo, isLulcError, LulcError, type SampleMeta } from '@lulc/core';
import type { ImageFiles, OpenReport, SkippedSample, StackOptions } from '../../dataset/fileDataset.js';
import { checkIndex } from '../../dataset/fromArrays.js';
import type { SampleSource } from '../../raster/node/readSample.js';
import { mapUsable } from './folder.js';

/** Samples that are checked at the same time when broken ones are to be skipped. */
const checkedAtOnce = 8;

/** What all samples in files have. */
export interface FileEntry {
  /** Identity within the set. */
  readonly id: string;
  /** What its metadata say. */
  readonly details: Readonly<Record<string, string | number | boolean | undefined>>;
}

/**
 * The part of a set of files that does not depend on what its samples are labelled with.
 *
 * @param entries the samples
 * @param stack how files become an image
 * @param report what opening found
 * @param source where a sample lies
 */
export function imageFiles<E extends FileEntry>(
  entries: readonly E[],
  stack: StackOptions,
  report: OpenReport,
  source: (entry: E) => SampleSource,
): ImageFiles & { readonly length: number; readonly at: (index: number) => E } {
  const at = (index: number): E => {
    checkIndex(index, entries.length);
    return entries[index];
  };
  return {
    length: entries.length,
    at,
    stack,
    report,
    files: (index) => source(at(index)).files,
    window: (index) => source(at(index)).window,
    meta: (index): SampleMeta => ({ id: at(index).id, ...at(index).details }),
  };
}

/** Collects what is left out while a set is opened. */
export interface BrokenSamples {
  /** Those so far. */
  readonly skipped: readonly SkippedSample[];
  /** Notes a sample that is no good; throws unless such samples are to be skipped. */
  readonly bad: (id: string, error: unknown) => void;
}

/**
 * @param onBroken what to do with samples that cannot be read
 */
export function brokenSamples(onBroken: 'error' | 'skip' = 'error'): BrokenSamples {
  const skipped: SkippedSample[] = [];
  return {
    skipped,
    bad: (id, error) => {
      if (onBroken !== 'skip' || !isLulcError(error)) throw error;
      skipped.push({ id, code: error.code, message: error.message });
    },
  };
}

/**
 * The samples that are left: without those that are excluded and, where broken ones are to be skipped, those whose pixels
 * cannot be read, which are reported in their order.
 *
 * @param entries what the list of samples has
 * @param options what to leave out
 * @param broken what was and will be left out
 * @param info name of the part, for the error
 * @param read reads a sample
 * @throws LulcError `nodata` when none is left
 */
export async function usableEntries<E extends FileEntry>(
  entries: readonly E[],
  options: { readonly path: string; readonly onBroken?: 'error' | 'skip'; readonly exclude?: readonly string[] },
  { skipped, bad }: BrokenSamples,
  info: Pick<ImageSetInfo, 'split'>,
  read: (entry: E) => Promise<unknown>,
): Promise<{ readonly entries: readonly E[]; readonly report: OpenReport }> {
  const excluded = new Set(options.exclude);
  const listed = entries.filter(({ id }) => !excluded.has(id));
  const found = listed.length + skipped.length;
  const usable = options.onBroken === 'skip' ? await readable(listed, read, bad) : listed;
  if (usable.length === 0) {
    throw new LulcError('nodata', 'no sample is left', {
      where: { file: options.path, split: info.split },
      hint: skipped.length > 0 ? `The first of ${skipped.length} skipped: ${skipped[0].message}` : undefined,
    });
  }
  return { entries: usable, report: { found, skipped } };
}

function readable<E extends FileEntry>(
  entries: readonly E[],
  read: (entry: E) => Promise<unknown>,
  bad: (id: string, error: unknown) => void,
): Promise<readonly E[]> {
  return mapUsable(
    entries,
    checkedAtOnce,
    async (entry) => {
      await read(entry);
      return entry;
    },
    ({ id }, error) => bad(id, error),
  );
}
