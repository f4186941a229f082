import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { bceFromLogits, logitsModel, runTraining } from '@lulc/core';
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
 * A training step and an inference of one case on the active engine, with fixed random data. The step is the library's own
 * loop (`runTraining`): forward, binary cross-entropy from logits, gradients, Adam.
 */
export function prepare({ preset, size, batch }) {
  const model = scaledWRN({ preset, bands: 10, classes: 19 });
  const logits = logitsModel(model);
  const images = tf.randomNormal([batch, size, size, 10], 0, 1, 'float32', 1);
  const labels = tf.cast(tf.greater(tf.randomUniform([batch, 19], 0, 1, 'float32', 2), 0.85), 'float32');
  const named = (weights) => weights.map(({ originalName, val }) => ({ name: originalName, variable: val }));
  const turns = turnstile();
  const stop = new AbortController();
  const running = runTraining(
    {
      source: { stepsPerEpoch: Number.MAX_SAFE_INTEGER, epoch: () => turns.items(images) },
      weights: named(model.trainableWeights),
      state: named(model.nonTrainableWeights),
      loss: (x) => bceFromLogits(logits.apply(x, { training: true }), labels),
      samples: () => batch,
    },
    { epochs: 1, learningRate: 1e-3, optimizer: 'adam', schedule: 'constant', signal: stop.signal },
  );
  running.catch((error) => {
    console.error(error);
    process.exit(1);
  });
  return {
    batch,
    parameters: model.trainableWeights.reduce((sum, { val }) => sum + val.size, 0),
    /** One step: from the moment the loop gets its batch to the moment it asks for the next. */
    train: () => turns.next(),
    /** One batch of predictions; waits for them. */
    predict: async () => {
      const output = tf.tidy(() => model.predict(images, { batchSize: batch }));
      await output.data();
      output.dispose();
    },
    dispose: async () => {
      stop.abort();
      void turns.next();
      await running;
      model.dispose();
      tf.dispose([images, labels]);
    },
  };
}

/** Hands an item on whenever `next` is called; `next` ends when the receiver asks for another. */
function turnstile() {
  let pass;
  let gate = new Promise((resolve) => {
    pass = resolve;
  });
  let served = () => {};
  return {
    next: () =>
      new Promise((resolve) => {
        served = resolve;
        pass();
      }),
    items: async function* (item) {
      for (;;) {
        await gate;
        gate = new Promise((resolve) => {
          pass = resolve;
        });
        yield item;
        served();
      }
    },
  };
}
