import type { LayersModel } from '@tensorflow/tfjs-layers';
import { feature } from '../backbone/backbone.js';
import { conv2d } from '../layers/conv.js';
import { image } from '../layers/graph.js';
import { denseNetwork } from '../segmentation/denseNetwork.js';
import { segmenter } from '../segmentation/segmenter.js';
import { unetDecoder } from '../segmentation/unetDecoder.js';

/** A small U-Net of three levels, 8×8, 4×4 and 2×2 pixels, and three classes, for tests. */
export function tinyUnet(seed = 1): LayersModel {
  const input = image({ shape: [8, 8, 3], seed });
  const fine = conv2d({ name: 'fine', filters: 4, kernelSize: 3 })(input);
  const half = conv2d({ name: 'half', filters: 4, kernelSize: 3, stride: 2 })(fine);
  const quarter = conv2d({ name: 'quarter', filters: 4, kernelSize: 3, stride: 2 })(half);
  const output = conv2d({ name: 'deepest', filters: 4, kernelSize: 3, stride: 2 })(quarter);
  const features = [feature(fine, 1), feature(half, 2), feature(quarter, 4), feature(output, 8)];
  const decoder = unetDecoder({ widths: [4, 4, 4] });
  return segmenter(denseNetwork({ name: 'tiny', input, output, features }, decoder), { classes: 3 });
}
