import { type Batch, type DatasetInfo, type ImageSetInfo, LulcError } from '@lulc/core';
import type { SegmentationBatch, SegmentationInfo } from '@lulc/core/segmentation';
import { checkViewRecipe, type ViewBatch, type ViewRecipe, type ViewStep } from '@lulc/core/views';
import { checkAugmentation } from '../transforms/augmentation.js';
import type { BatchKind } from './batchSource.js';
import { foregroundShareOf } from './epochRows.js';
import type { LoaderOptions, SegmentationLoaderOptions, ViewLoaderOptions } from './options.js';

/**
 * Batches of images and labels.
 *
 * @param info of the dataset
 * @param options augmentation, scaling and size
 * @throws LulcError `invalid-argument`
 */
export function classificationBatches(info: DatasetInfo, options: LoaderOptions): BatchKind<Batch> {
  const { seed = 0, augment = {}, scaling, normalization, resize = 'bicubic' } = options;
  checkAugmentation(augment);
  checkSize(options.size);
  const classes = info.classes.length;
  return {
    size: options.size ?? info.imageSize,
    program: (size) => ({
      kind: 'prepared',
      preparation: { seed, augment, scaling, normalization, size, resize },
      classes,
    }),
    batch: ({ indices, size: [height, width], planes: [images, labels] }) => ({
      images: images as Float32Array,
      imageShape: [indices.length, height, width, info.bands.length],
      labels: labels as Float32Array,
      labelShape: [indices.length, classes],
      indices,
    }),
  };
}

/**
 * Batches of images and masks, and soft targets where the dataset has them.
 *
 * @param info of the dataset
 * @param options view or size, sampling, and scaling
 * @throws LulcError `invalid-argument`
 */
export function segmentationBatches(
  info: SegmentationInfo,
  options: SegmentationLoaderOptions,
): BatchKind<SegmentationBatch> {
  const { seed = 0, scaling, normalization, view, size, sampling } = options;
  const { softChannels = 0 } = info;
  if (view !== undefined && size !== undefined) {
    throw new LulcError('invalid-argument', 'size and view are given, though a view has its own size', {
      hint: 'Give one of them.',
    });
  }
  if (view !== undefined) checkViewRecipe(view, info.bands.length);
  checkSize(size);
  if (sampling !== undefined && foregroundShareOf(sampling) > 0 && !hasFocus(view?.steps ?? [])) {
    throw new LulcError('invalid-argument', 'foreground is to be sampled, but the view cuts nothing about it', {
      hint: "Give a view with a crop at position 'focus' (nnUNetViews has one), or foregroundShare: 0.",
    });
  }
  const whole = view === undefined && size === undefined;
  return {
    size: view?.size ?? size ?? info.imageSize,
    program: (rowSize) => ({
      kind: 'views',
      seed,
      recipes: [view ?? { size: rowSize, steps: [] }],
      scaling,
      normalization,
      mask: true,
      softChannels,
      background: sampling?.background ?? 0,
      ...(whole ? { sourceSize: rowSize } : {}),
    }),
    batch: ({ indices, size: [height, width], planes: [images, , masks, soft] }) => ({
      images: images as Float32Array,
      imageShape: [indices.length, height, width, info.bands.length],
      masks: masks as Uint8Array,
      maskShape: [indices.length, height, width],
      ...(soft === undefined ? {} : { soft: soft as Float32Array }),
      indices,
    }),
  };
}

/**
 * Batches of several views of each image.
 *
 * @param info of the images
 * @param options recipes and scaling
 * @throws LulcError `invalid-argument`
 */
export function viewBatches(info: ImageSetInfo, options: ViewLoaderOptions): BatchKind<ViewBatch> {
  const { seed = 0, scaling, normalization, views: recipes } = options;
  const bands = info.bands.length;
  if (recipes.length === 0) throw new LulcError('invalid-argument', 'there must be at least one view');
  for (const recipe of recipes) checkViewRecipe(recipe, bands);
  return {
    size: recipes[0].size,
    program: () => ({
      kind: 'views',
      seed,
      recipes,
      scaling,
      normalization,
      mask: false,
      softChannels: 0,
      background: 0,
    }),
    batch: ({ epoch, indices, planes }) => ({
      views: recipes.map(({ size: [height, width] }: ViewRecipe, view) => ({
        images: planes[2 * view] as Float32Array,
        imageShape: [indices.length, height, width, bands],
        affines: planes[2 * view + 1] as Float64Array,
      })),
      epoch,
      indices,
    }),
  };
}

/** Whether some crop is about what a view is drawn for. */
function hasFocus(steps: readonly ViewStep[]): boolean {
  return steps.some((step) =>
    step.name === 'group' ? hasFocus(step.steps) : step.name === 'crop' && step.position === 'focus',
  );
}

/**
 * @param size `[height, width]` to check
 * @throws LulcError `invalid-argument`
 */
function checkSize(size: readonly [number, number] = [1, 1]): void {
  if (size.every((pixels) => Number.isInteger(pixels) && pixels >= 1)) return;
  throw new LulcError('invalid-argument', 'size must be whole pixels', { where: { size: size.join(' x ') } });
}
