import { LulcError } from '@lulc/core';
import { ignoreLabel, type SoftTargetFile } from '@lulc/core/segmentation';
import type { StackOptions } from '../../dataset/fileDataset.js';
import type { RawSample } from '../../loader/rowProgram.js';
import { decodeMask, type MaskCoding } from '../../masks/maskCoding.js';
import type { PixelWindow } from '../pixelWindow.js';
import { readImage } from './readImage.js';
import { readSoftTargets } from './readSoftTargets.js';
import { readStack } from './readStack.js';

/** Where a sample lies. Plain data: it travels to workers. */
export interface SampleSource {
  /** Files of the image. */
  readonly files: readonly string[];
  /** The part of them that it is. */
  readonly window?: PixelWindow;
  /** File of the mask; none where samples have masks: nothing is known of its pixels. */
  readonly maskFile?: string | undefined;
  /** Where its soft targets lie. */
  readonly soft?: SoftTargetFile;
  /** Number of the format by which it is read, where samples are of several; default: the first. */
  readonly format?: number;
  /** Class indices of the whole image. */
  readonly label?: readonly number[];
}

/** How files become samples. Plain data: it travels to workers. */
export interface SampleFormat {
  /** How files become an image. */
  readonly stack: StackOptions;
  /** How a stored mask becomes class indices. */
  readonly coding?: MaskCoding;
}

/**
 * Reads a sample.
 *
 * @param source where it lies
 * @param format how it is put together
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `nodata`, naming the file
 */
export async function readSample(source: SampleSource, format: SampleFormat): Promise<RawSample> {
  const sample = await readLabelled(source, format);
  return source.soft === undefined ? sample : { ...sample, soft: await readSoftTargets(source.soft) };
}

async function readLabelled(source: SampleSource, { stack, coding }: SampleFormat): Promise<RawSample> {
  const { files, window, maskFile, label } = source;
  const image = await readStack(files, stack, window);
  if (coding === undefined) return { image, ...(label === undefined ? {} : { label }) };
  if (maskFile === undefined) {
    const [height, width] = image.shape;
    return { image, mask: { data: new Uint8Array(height * width).fill(ignoreLabel), shape: [height, width] } };
  }
  const mask = decodeMask(await readImage(maskFile, window), coding, maskFile);
  if (mask.shape[0] !== image.shape[0] || mask.shape[1] !== image.shape[1]) {
    throw new LulcError('corrupt-file', `the mask is ${mask.shape.join(' x ')}, its image ${image.shape.join(' x ')}`, {
      where: { file: maskFile, image: files[0] },
    });
  }
  return { image, mask };
}
