import type { FileEntry } from '../../formats/node/fileSet.js';
import type { FolderView } from '../../formats/node/format.js';
import type { ClassLegend, MaskValue } from '../../masks/classLegend.js';
import type { MaskCoding } from '../../masks/maskCoding.js';
import type { OpenSegmentationOptions } from '../options.js';

/** An image with its mask. */
export interface MaskedEntry {
  /** Identity within the dataset. */
  readonly id: string;
  /** File of the image or, where it has several, one that has its grid. */
  readonly image: string;
  /** Files of one band each, in the order of {@link OpenedMasks.stored}. `undefined`: all bands are in `image`. */
  readonly files?: readonly string[];
  /** File of the mask; `undefined` for a sample of which nothing is known. */
  readonly mask: string | undefined;
  /** Part it belongs to, in the usual spelling, where the dataset has parts. */
  readonly split: string | undefined;
  /** Location, where it is known. */
  readonly group: string | undefined;
  /** What else is known of it. */
  readonly details?: FileEntry['details'];
}

/** What opening a folder of images with masks gives. */
export interface OpenedMasks {
  /** Name of the dataset. */
  readonly name: string;
  /** Names of the channels as stored; `undefined`: as the option says. */
  readonly stored: readonly string[] | undefined;
  /**
   * Whether images are whole scenes: each has its own size, and those of its files that have a grid of their own (a finer band)
   * are brought to that of `image`.
   */
  readonly scenes?: boolean;
  /** Its classes and what its masks hold where they are; `undefined`: the option must say. */
  readonly legend: ClassLegend | undefined;
  /** What its masks hold where nothing is known. */
  readonly ignore: readonly MaskValue[];
  /** From where on a channel of a mask in colour counts as full. */
  readonly threshold?: MaskCoding['threshold'];
  /** Metres per pixel. */
  readonly groundSamplingDistance: number | undefined;
  /** Licence of the data. */
  readonly licence: string;
  /** How to cite it. */
  readonly citation: string;
  /** All samples, of every part. */
  readonly entries: readonly MaskedEntry[];
  /** Whether `val` is drawn from `train` when there is none. */
  readonly drawsVal: boolean;
}

/** A format that can be opened. */
export interface MaskFormat {
  /** True when the folder looks like it. */
  detect(folder: FolderView): Promise<boolean>;
  /**
   * Reads the list of samples.
   *
   * @param options what was asked for
   * @param bad called for a sample that is incomplete; throws unless broken samples are to be skipped
   */
  open(options: OpenSegmentationOptions, bad: (id: string, error: unknown) => void): Promise<OpenedMasks>;
}
