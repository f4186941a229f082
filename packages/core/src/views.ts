/**
 * Views of images with tracked geometry: crops, flips, turns and resizing as one affine map per view, and changes of
 * brightness, contrast, colour and sharpness that are defined for any bands.
 *
 * @module
 */
export type { Affine, ViewBatch, ViewImages, ViewSource } from './views/types.js';
