import type { Dataset, ImageSet } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import { hasFiles, type ImageFiles, isFileDataset, isSegmentationFileDataset } from '../../dataset/fileDataset.js';
import type { SampleSource } from '../../raster/node/readSample.js';
import type { RowSource } from '../batchSource.js';
import { callingThread } from '../callingThread.js';
import type { WorkerOptions } from '../options.js';
import { fileRows, workerSettings } from './fileRows.js';

/**
 * Where the rows of labelled images come from: threads when they lie in files.
 *
 * @param dataset what to read
 * @param options threads and memory
 * @throws LulcError `invalid-argument`
 */
export function labelledRows(dataset: Dataset, options: WorkerOptions): RowSource {
  const settings = workerSettings(options);
  if (!isFileDataset(dataset)) return callingThread(dataset);
  const source = (index: number) => ({ ...imageSource(dataset, index), label: dataset.label(index) });
  return fileRows({ length: dataset.length, format: { stack: dataset.stack }, source }, settings);
}

/**
 * Where the rows of images with masks come from: threads when they lie in files.
 *
 * @param dataset what to read
 * @param options threads and memory
 * @throws LulcError `invalid-argument`
 */
export function maskedRows(dataset: SegmentationDataset, options: WorkerOptions): RowSource {
  const settings = workerSettings(options);
  if (!isSegmentationFileDataset(dataset)) return callingThread(dataset);
  const { stack, coding } = dataset;
  const source = (index: number) => ({ ...imageSource(dataset, index), maskFile: dataset.maskFile(index) });
  return fileRows({ length: dataset.length, format: { stack, coding }, source }, settings);
}

/**
 * Where the rows of images alone come from: threads when they lie in files. Labels and masks are not read.
 *
 * @param images what to read
 * @param options threads and memory
 * @throws LulcError `invalid-argument`
 */
export function imageRows(images: ImageSet, options: WorkerOptions): RowSource {
  const settings = workerSettings(options);
  if (!hasFiles(images)) return callingThread(images);
  const source = (index: number) => imageSource(images, index);
  return fileRows({ length: images.length, format: { stack: images.stack }, source }, settings);
}

function imageSource(images: ImageFiles, index: number): SampleSource {
  const window = images.window?.(index);
  return { files: images.files(index), ...(window === undefined ? {} : { window }) };
}
