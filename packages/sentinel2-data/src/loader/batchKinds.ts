import { type Batch, type DatasetInfo, type ImageSetInfo, LulcError } from '@lulc/core';
import type { SegmentationBatch } from '@lulc/core/segmentation';
import { checkViewRecipe, type ViewBatch, type ViewRecipe } from '@lulc/core/views';
import { checkAugmentation } from '../transforms/augmentation.js';
import type { BatchKind } from './batchSource.js';
import type { LoaderOptions, SegmentationLoaderOptions, ViewLoaderOptions } from './options.js';

/**
 * Batches of images and labels.
 *
 * @param info of the dataset
 * @param options augmentation, scaling and size
 * @throws LulcError `invalid-argument`
 */
export function classificationBatches(info: DatasetInfo, options: LoaderOptions): BatchKind<Batch> {
  const { seed = 0, augment = {}, scaling, resize = 'bicubic' } = options;
  checkAugmentation(augment);
  checkSize(options.size);
  const classes = info.classes.length;
  return {
    size: options.size ?? info.imageSize,
    program: (size) => ({ kind: 'prepared', preparation: { seed, augment, scaling, size, resize }, classes }),
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
 * Batches of images and masks.
 *
 * @param info of the dataset
 * @param options view or size, and scaling
 * @throws LulcError `invalid-argument`
 */
export function segmentationBatches(
  info: ImageSetInfo,
  options: SegmentationLoaderOptions,
): BatchKind<SegmentationBatch> {
  const { seed = 0, scaling, view, size } = options;
  if (view !== undefined && size !== undefined) {
    throw new LulcError('invalid-argument', 'size and view are given, though a view has its own size', {
      hint: 'Give one of them.',
    });
  }
  if (view !== undefined) checkViewRecipe(view, info.bands.length);
  checkSize(size);
  const whole = view === undefined && size === undefined;
  return {
    size: view?.size ?? size ?? info.imageSize,
    program: (rowSize) => ({
      kind: 'views',
      seed,
      recipes: [view ?? { size: rowSize, steps: [] }],
      scaling,
      mask: true,
      ...(whole ? { sourceSize: rowSize } : {}),
    }),
    batch: ({ indices, size: [height, width], planes: [images, , masks] }) => ({
      images: images as Float32Array,
      imageShape: [indices.length, height, width, info.bands.length],
      masks: masks as Uint8Array,
      maskShape: [indices.length, height, width],
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
  const { seed = 0, scaling, views: recipes } = options;
  const bands = info.bands.length;
  if (recipes.length === 0) throw new LulcError('invalid-argument', 'there must be at least one view');
  for (const recipe of recipes) checkViewRecipe(recipe, bands);
  return {
    size: recipes[0].size,
    program: () => ({ kind: 'views', seed, recipes, scaling, mask: false }),
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

/**
 * @param size `[height, width]` to check
 * @throws LulcError `invalid-argument`
 */
function checkSize(size: readonly [number, number] = [1, 1]): void {
  if (size.every((pixels) => Number.isInteger(pixels) && pixels >= 1)) return;
  throw new LulcError('invalid-argument', 'size must be whole pixels', { where: { size: size.join(' x ') } });
}
