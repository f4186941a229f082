import type { LayersModel } from '@tensorflow/tfjs-layers';
import { eca } from '../attention/eca.js';
import { squeezeExcitation } from '../attention/squeezeExcitation.js';
import { feature } from '../backbone/backbone.js';
import { classifier } from '../backbone/classifier.js';
import { relu } from '../layers/activation.js';
import { pipe, residual } from '../layers/compose.js';
import { conv2d, depthwiseConv2d } from '../layers/conv.js';
import { image, scope } from '../layers/graph.js';
import { batchNorm } from '../layers/norm.js';
import { loadWeights, weightPaths } from '../model/weights.js';
import { random } from '../random/random.js';

/** A small classifier with every kind of weight the library has: `[B, 8, 8, 4]` to `[B, 3]`. */
export function sampleModel(seed = 1): LayersModel {
  const input = image({ shape: [8, 8, 4], seed });
  const stem = scope(
    'stem',
    pipe<4>(conv2d({ name: 'conv', filters: 6, kernelSize: 3 }), batchNorm({ name: 'bn' }), relu()),
  );
  const unit = pipe<4>(
    depthwiseConv2d({ name: 'depthwise', kernelSize: 3 }),
    batchNorm({ name: 'bn' }),
    relu(),
    conv2d({ name: 'conv', filters: 6, kernelSize: 1 }),
    eca(),
    squeezeExcitation(),
  );
  const output = pipe(stem, scope('block1', residual(unit)))(input);
  return classifier({ name: 'sample', input, output, features: [feature(output, 1)] }, { classes: 3 });
}

/** Sets every weight to a value of its own, variances above 0. */
export function scramble(model: LayersModel, seed: number): void {
  const { next } = random(seed);
  const shapes = new Map(model.weights.map((weight) => [weight.originalName, weight.shape as number[]]));
  loadWeights(
    model,
    new Map(
      weightPaths(model).map((path) => {
        const shape = shapes.get(path) ?? [];
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() - 0.5);
        return [path, { dtype: 'float32', shape, data: path.endsWith('variance') ? data.map((x) => x + 1) : data }];
      }),
    ),
  );
}
