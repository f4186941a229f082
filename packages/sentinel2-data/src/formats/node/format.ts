import type { DatasetInfo } from '@lulc/core';
import type { StackOptions } from '../../dataset/fileDataset.js';
import type { OpenDatasetOptions } from '../options.js';

/** One sample of a dataset of files. */
export interface Entry {
  /** Identity within the dataset. */
  readonly id: string;
  /** Class indices. */
  readonly label: readonly number[];
  /** What its metadata say. */
  readonly details: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Folder or file from which {@link OpenedFormat.files} makes the paths. */
  readonly base: string;
}

/** What opening a folder in some format gives. */
export interface OpenedFormat {
  /** Description of the part that was asked for. */
  readonly info: Omit<DatasetInfo, 'simulated'>;
  /** How files become an image. */
  readonly stack: StackOptions;
  /** The samples of the part. */
  readonly entries: readonly Entry[];
  /** The files of a sample. */
  readonly files: (entry: Entry) => readonly string[];
}

/** A format that can be opened. */
export interface Format {
  /** True when the folder looks like it. */
  detect(folder: FolderView): Promise<boolean>;
  /**
   * Reads the list of samples.
   *
   * @param options what was asked for
   * @param bad called for a sample whose record is no good; throws unless broken samples are to be skipped
   */
  open(options: OpenDatasetOptions, bad: (id: string, error: unknown) => void): Promise<OpenedFormat>;
}

/** What a folder holds at its top. */
export interface FolderView {
  /** Its path. */
  readonly path: string;
  /** Names of the files in it, sorted. */
  readonly files: readonly string[];
  /** Names of the folders in it, sorted. */
  readonly folders: readonly string[];
}
