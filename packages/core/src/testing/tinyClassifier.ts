import type { LayersModel } from '@tensorflow/tfjs-layers';
import { feature } from '../backbone/backbone.js';
import { classifier } from '../backbone/classifier.js';
import type { ClassificationTask } from '../data/types.js';
import { relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { image } from '../layers/graph.js';
import { batchNorm } from '../layers/norm.js';

/** A small convolutional classifier with batch normalisation and dropout, for tests. */
export function tinyClassifier(task: ClassificationTask, seed = 1, dropout = 0.2): LayersModel {
  const input = image({ shape: [6, 6, 3], seed });
  const output = pipe(conv2d({ name: 'conv', filters: 4, kernelSize: 3 }), batchNorm(), relu())(input);
  return classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3, task, dropout });
}
