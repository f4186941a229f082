import type { ImageSet } from '@lulc/core';
import {
  ignoreLabel,
  type MaskArray,
  type SegmentationDataset,
  type SegmentationInfo,
  type SegmentationSample,
} from '@lulc/core/segmentation';
import type { MaskCoding } from '../masks/maskCoding.js';
import { isConcatenated } from './concatenateDatasets.js';
import { hasFiles } from './fileDataset.js';

/** Nothing is looked up: there are no mask files. */
const noCoding: MaskCoding = { kind: 'index', table: [], unknown: 'ignore' };

/**
 * Images as a segmentation dataset of whose pixels nothing is known: every mask is 255 throughout, so that only soft targets
 * teach. Masks and labels that the images may have are not read. A set of files stays one.
 *
 * @param images what to see
 * @param classes class names in index order
 * @returns the same images with masks
 * @example
 * ```ts
 * import { fromArrays, unlabelled } from '@lulc/sentinel2-data';
 *
 * const images = fromArrays({
 *   images: [{ data: new Uint8Array(4), shape: [2, 2, 1] }],
 *   labels: [[0]],
 *   classes: ['any'],
 *   bands: ['B02'],
 * });
 * console.log([...(await unlabelled(images, ['clear', 'cloud']).get(0)).mask.data]); // [255, 255, 255, 255]
 * ```
 */
export function unlabelled(images: ImageSet, classes: readonly string[]): SegmentationDataset {
  const info: SegmentationInfo = { ...images.info, classes };
  return {
    ...images,
    info,
    ...(isConcatenated(images) ? { members: images.members.map((member) => unlabelled(member, classes)) } : {}),
    ...(hasFiles(images) ? { coding: noCoding, maskFile: () => undefined } : {}),
    get: async (index: number): Promise<SegmentationSample> => {
      const sample = await images.get(index);
      return { ...sample, mask: unknownMask(sample.image.shape) };
    },
  };
}

function unknownMask([height, width]: readonly [number, number, number]): MaskArray {
  return { data: new Uint8Array(height * width).fill(ignoreLabel), shape: [height, width] };
}
