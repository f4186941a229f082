/**
 * Self-supervised pre-training for land-cover segmentation.
 *
 * @module
 */
export type { MethodRun, MethodSetup, PretrainingMethod } from './method/method.js';
