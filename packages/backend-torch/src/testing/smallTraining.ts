import {
  batchNorm,
  bceFromLogits,
  classifier,
  conv2d,
  dropout,
  eca,
  feature,
  image,
  type LoopOptions,
  logitsModel,
  pipe,
  relu,
  residual,
  runTraining,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A network with everything that is fused: strides, residual, attention, batch norms before and after convolutions. */
export function smallNetwork(): LayersModel {
  const input = image({ shape: [12, 12, 3] });
  const unit = pipe(batchNorm(), relu(), conv2d({ filters: 8, kernelSize: 3, bias: true }), eca());
  const output = pipe(
    conv2d({ filters: 8, kernelSize: 3, stride: 2 }),
    batchNorm(),
    relu(),
    residual(unit),
    residual(pipe(conv2d({ filters: 8, kernelSize: 3 }), batchNorm(), dropout<4>(0.2))),
    relu(),
  )(input);
  return classifier({ name: 'small', input, output, features: [feature(output, 2)] }, { classes: 4 });
}

/** Variables of a model under their names. */
export const variablesOf = (model: LayersModel) =>
  model.weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as tf.Variable }));

/** What {@link trainSmallNetwork} is told besides the loop's own options. */
export interface SmallTraining extends Partial<LoopOptions> {
  /** Batches; default 9. */
  readonly steps?: number;
  /** Images in a batch; default 5. */
  readonly batch?: number;
  /** Told the number of each step that is done. */
  readonly onStep?: (step: number) => void;
}

/** Trains the network from fixed weights on fixed batches; losses, final weights, and what became of the recordings. */
export async function trainSmallNetwork({ steps = 9, batch = 5, onStep, ...options }: SmallTraining) {
  const model = smallNetwork();
  variablesOf(model).forEach(({ name, variable }, i) => {
    const spread = name.endsWith('variance') || name.endsWith('gamma') ? [0.5, 1.5] : [-0.4, 0.4];
    tf.tidy(() => variable.assign(tf.randomUniform(variable.shape, spread[0], spread[1], 'float32', `w${i}`)));
  });
  const logits = logitsModel(model);
  const trainable = new Set(model.trainableWeights.map(({ originalName }) => originalName));
  const all = variablesOf(model);
  const losses: number[] = [];
  const { capture } = await runTraining<number>(
    {
      source: {
        stepsPerEpoch: steps,
        async *epoch() {
          for (let i = 0; i < steps; i++) yield i;
        },
      },
      weights: all.filter(({ name }) => trainable.has(name)),
      state: all.filter(({ name }) => !trainable.has(name)),
      tensors: (i) => [
        tf.randomNormal([batch, 12, 12, 3], 0, 1, 'float32', i + 1),
        tf.cast(tf.greater(tf.randomUniform([batch, 4], 0, 1, 'float32', `l${i}`), 0.5), 'float32'),
      ],
      loss: (_, [x, y]) => bceFromLogits(logits.apply(x, { training: true }) as tf.Tensor2D, y as tf.Tensor2D),
      samples: () => batch,
    },
    {
      epochs: 1,
      learningRate: 0.01,
      schedule: 'cosine',
      optimizer: 'adamw',
      ...options,
      listeners: [
        (event) => {
          if (event.type !== 'step') return;
          losses.push(event.loss);
          onStep?.(event.step);
        },
      ],
    },
  );
  const weights = Object.fromEntries(all.map(({ name, variable }) => [name, [...variable.dataSync()]]));
  model.dispose();
  return { losses, weights, states: capture.map(({ state, reason }) => reason ?? state) };
}
