import type { LayersModel } from '@tensorflow/tfjs-layers';
import { feature } from '../backbone/backbone.js';
import { relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { image } from '../layers/graph.js';
import { batchNorm } from '../layers/norm.js';
import { denseNetwork } from '../segmentation/denseNetwork.js';
import { segmenter } from '../segmentation/segmenter.js';

/** A small segmenter with batch normalisation and dropout, for tests. */
export function tinySegmenter(seed = 1, dropout = 0.2, size = 8): LayersModel {
  const input = image({ shape: [size, size, 3], seed });
  const output = pipe(conv2d({ name: 'conv', filters: 6, kernelSize: 1 }), batchNorm(), relu())(input);
  const network = denseNetwork({ name: 'tiny', input, output, features: [feature(output, 1)] });
  return segmenter(network, { classes: 3, dropout });
}
