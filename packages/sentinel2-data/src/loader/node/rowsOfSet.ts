import type { Dataset, ImageSet } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import { isConcatenated } from '../../dataset/concatenateDatasets.js';
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
  return fileRows({ length: dataset.length, formats: [{ stack: dataset.stack }], source }, settings);
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
  const parts = isConcatenated(dataset) ? dataset.members : [dataset];
  const { softChannels = 0 } = dataset.info;
  const softOf = softChannels > 0 ? dataset.softFile?.bind(dataset) : undefined;
  if (!parts.every(isSegmentationFileDataset) || (softChannels > 0 && softOf === undefined)) {
    return callingThread(dataset);
  }
  const place = isConcatenated(dataset) ? dataset.member.bind(dataset) : (index: number) => [0, index] as const;
  const source = (index: number): SampleSource => {
    const [format, at] = place(index);
    const part = parts[format];
    const soft = softOf?.(index);
    return {
      ...imageSource(part, at),
      maskFile: part.maskFile(at),
      format,
      ...(soft === undefined ? {} : { soft }),
    };
  };
  const formats = parts.map(({ stack, coding }) => ({ stack, coding }));
  return fileRows({ length: dataset.length, formats, source }, settings);
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
  return fileRows({ length: images.length, formats: [{ stack: images.stack }], source }, settings);
}

function imageSource(images: ImageFiles, index: number): SampleSource {
  const window = images.window?.(index);
  return { files: images.files(index), ...(window === undefined ? {} : { window }) };
}
