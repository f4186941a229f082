import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { scaledWRN } from '@lulc/wrn-eca';

// One TensorFlow.js for the library and for this script: the one the workspace has.
const require = createRequire(import.meta.url);
export const tf = (await import(pathToFileURL(require.resolve('@tensorflow/tfjs-core')).href)).default;

/** The settings that are measured: network, image size and batch. */
export const cases = {
  'WRN-B4-ECA': { preset: 'B4', size: 90, batch: 16 },
  'WRN-B0-ECA': { preset: 'B0', size: 60, batch: 16 },
};

/**
 * A training step and an inference of one case on the active engine, with fixed random data: forward, binary
 * cross-entropy from logits, gradients, Adam.
 */
export function prepare({ preset, size, batch }) {
  const model = scaledWRN({ preset, bands: 10, classes: 19 });
  const images = tf.randomNormal([batch, size, size, 10], 0, 1, 'float32', 1);
  const labels = tf.cast(tf.greater(tf.randomUniform([batch, 19], 0, 1, 'float32', 2), 0.85), 'float32');
  const variables = model.trainableWeights.map((weight) => weight.val);
  const optimizer = tf.train.adam(1e-3);
  return {
    batch,
    parameters: variables.reduce((sum, variable) => sum + variable.size, 0),
    /** One step; waits for its loss. */
    train: async () => {
      const cost = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => tf.losses.sigmoidCrossEntropy(labels, model.apply(images, { training: true })),
          variables,
        );
        optimizer.applyGradients(grads);
        return value;
      });
      const [loss] = await cost.data();
      cost.dispose();
      return loss;
    },
    /** One batch of predictions; waits for them. */
    predict: async () => {
      const output = tf.tidy(() => model.predict(images, { batchSize: batch }));
      await output.data();
      output.dispose();
    },
    dispose: () => {
      model.dispose();
      optimizer.dispose();
      tf.dispose([images, labels]);
    },
  };
}
