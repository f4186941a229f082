/**
 * Views of images with tracked geometry: crops, flips, turns, warps and resizing as one affine map per view, and changes of
 * brightness, contrast, colour and sharpness that are defined for any bands and number type. Images and masks are seen
 * through the same map.
 *
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { checkViewRecipe, drawView, renderMask, renderView, type ViewRecipe } from '@lulc/core/views';
 *
 * const recipe: ViewRecipe = {
 *   size: [64, 64],
 *   steps: [
 *     { name: 'random-resized-crop', area: [0.4, 1] },
 *     { name: 'rot90' },
 *     { name: 'brightness', amount: [-0.1, 0.1], probability: 0.8 },
 *   ],
 * };
 * checkViewRecipe(recipe, 4);
 * const image = { data: new Uint8Array(96 * 96 * 4).fill(100), shape: [96, 96, 4] } as const;
 * const mask = { data: new Uint8Array(96 * 96).fill(2), shape: [96, 96] } as const;
 * const view = drawView(recipe, image.shape, random(42, 0, 17)); // seed, epoch, index
 * const pixels = new Float32Array(64 * 64 * 4);
 * const classes = new Uint8Array(64 * 64);
 * renderView(image, view, undefined, pixels);
 * renderMask(mask, view, classes);
 * console.log(classes[0]); // 2
 * ```
 *
 * @module
 */

// geometry
export { affineAt, betweenViews, composeAffine, identityAffine, invertAffine, mapPoint } from './views/affine.js';
// recipes
export { checkViewRecipe } from './views/checkViewRecipe.js';
// drawing and rendering
export type { DrawnView } from './views/drawView.js';
export { drawView, drawViews } from './views/drawView.js';
export type { Outline } from './views/footprint.js';
export { footprint, intersectOutlines, outlineArea, overlapShare } from './views/footprint.js';
export type { NnUNetViewOptions } from './views/nnUNetViews.js';
export { enlargedPatch, nnUNetViews } from './views/nnUNetViews.js';
export type { DrawnOperation } from './views/operations.js';
export type {
  AffineStep,
  BandOptions,
  BlurStep,
  BrightnessStep,
  ContrastStep,
  CropStep,
  DropBandsStep,
  FlipChoiceStep,
  FlipStep,
  GainStep,
  GammaStep,
  GeometricStep,
  GreyStep,
  GroupStep,
  HsvStep,
  Levels,
  LowResolutionStep,
  NoiseStep,
  PhotometricStep,
  PixelNoiseStep,
  RandomResizedCropStep,
  Range,
  ResizeStep,
  Rot90Step,
  SaturationStep,
  StepOptions,
  ViewBorder,
  ViewRecipe,
  ViewStep,
  ViewStepName,
} from './views/recipe.js';
export type { GlcNetViewOptions, RecipeOptions } from './views/recipes.js';
export {
  denseViews,
  dihedralRecipe,
  fineTuningRecipe,
  glcNetScaling,
  glcNetViews,
  identityRecipe,
  simClrViews,
} from './views/recipes.js';
export { renderMask } from './views/renderMask.js';
export { renderView } from './views/renderView.js';
export type { Affine, ViewBatch, ViewImages, ViewSource } from './views/types.js';
