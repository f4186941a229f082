/**
 * Semantic segmentation: decoders over any backbone, losses, metrics, training, and inference in sliding windows.
 *
 * @module
 */
export type {
  MaskArray,
  SegmentationBatch,
  SegmentationDataset,
  SegmentationInfo,
  SegmentationSample,
  SegmentationSource,
} from './data/segmentation.js';
export { ignoreLabel } from './data/segmentation.js';
export type { Decoder, DecoderMaps, DenseNetwork } from './segmentation/denseNetwork.js';
export { denseNetwork } from './segmentation/denseNetwork.js';
