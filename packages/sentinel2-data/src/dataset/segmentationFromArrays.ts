import { type ImageArray, type ImageSetInfo, LulcError } from '@lulc/core';
import { ignoreLabel, type MaskArray, type SegmentationDataset } from '@lulc/core/segmentation';
import { arraysInfo, checkImages, checkIndex } from './fromArrays.js';

/** Images and masks in memory. */
export interface SegmentationArraysOptions {
  /** One image per sample, all with as many bands. */
  readonly images: readonly ImageArray[];
  /** One mask per image, of its size: class indices, or 255 where nothing is known. */
  readonly masks: readonly MaskArray[];
  /** Real-valued targets per sample, e.g. a teacher's logits: `[height, width, channels]`, of the image's height and width. */
  readonly soft?: readonly ImageArray[];
  /** Class names in index order, at most 255. */
  readonly classes: readonly string[];
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Identity per sample. Default: its number. */
  readonly ids?: readonly string[];
  /** Anything else that is known of the dataset. */
  readonly info?: Partial<Omit<ImageSetInfo, 'bands' | 'imageSize'>>;
}

/**
 * A segmentation dataset of arrays that are already there.
 *
 * @param options images, masks, soft targets and what they mean
 * @throws LulcError `invalid-argument` (counts that differ, values that are no class), `shape-mismatch` (an image whose size
 *   contradicts its values, its bands or its mask)
 * @example
 * ```ts
 * import { segmentationFromArrays } from '@lulc/sentinel2-data';
 *
 * const dataset = segmentationFromArrays({
 *   images: [{ data: new Uint16Array(8 * 8 * 4), shape: [8, 8, 4] }],
 *   masks: [{ data: new Uint8Array(8 * 8).fill(1), shape: [8, 8] }],
 *   classes: ['land', 'water'],
 *   bands: ['B04', 'B03', 'B02', 'B08'],
 * });
 * console.log((await dataset.get(0)).mask.data[0]); // 1
 * ```
 */
export function segmentationFromArrays(options: SegmentationArraysOptions): SegmentationDataset {
  const { images, masks, soft, classes, bands, ids } = options;
  if (masks.length !== images.length || (ids !== undefined && ids.length !== images.length)) {
    throw new LulcError('invalid-argument', `${images.length} images but ${masks.length} masks`);
  }
  if (classes.length === 0 || classes.length > ignoreLabel) {
    throw new LulcError('invalid-argument', `${classes.length} classes; there must be 1 to ${ignoreLabel}`);
  }
  checkImages(images, bands);
  masks.forEach(({ data, shape }, index) => {
    const [height, width] = images[index].shape;
    if (shape[0] !== height || shape[1] !== width || data.length !== height * width) {
      throw new LulcError('shape-mismatch', `a mask of ${shape.join(' x ')} for an image of ${height} x ${width}`, {
        where: { index },
      });
    }
    const wrong = data.find((label) => label >= classes.length && label !== ignoreLabel);
    if (wrong !== undefined) {
      throw new LulcError('invalid-argument', `${wrong} in a mask is not one of ${classes.length} classes`, {
        where: { index },
      });
    }
  });
  if (soft !== undefined) checkSoft(soft, images);
  return {
    info: {
      ...arraysInfo(images, bands, options.info),
      classes,
      ...(soft === undefined ? {} : { softChannels: soft[0]?.shape[2] ?? 0 }),
    },
    length: images.length,
    get: async (index) => {
      checkIndex(index, images.length);
      return {
        image: images[index],
        mask: masks[index],
        ...(soft === undefined ? {} : { soft: soft[index] }),
        meta: { id: ids?.[index] ?? String(index) },
      };
    },
  };
}

function checkSoft(soft: readonly ImageArray[], images: readonly ImageArray[]): void {
  if (soft.length !== images.length) {
    throw new LulcError('invalid-argument', `${images.length} images but ${soft.length} soft targets`);
  }
  soft.forEach(({ data, shape }, index) => {
    const [height, width] = images[index].shape;
    const channels = soft[0].shape[2];
    if (
      shape[0] === height &&
      shape[1] === width &&
      shape[2] === channels &&
      data.length === height * width * channels
    ) {
      return;
    }
    throw new LulcError(
      'shape-mismatch',
      `soft targets of ${shape.join(' x ')} for an image of ${height} x ${width} and ${channels} channels`,
      { where: { index } },
    );
  });
}
