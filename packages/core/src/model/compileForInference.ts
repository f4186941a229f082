import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { type CaptureStatus, captured } from '../ops/capture.js';

/** A model prepared for prediction only. */
export interface CompiledModel {
  /**
   * Predicts as `model.predict` does, for batches of any size.
   *
   * @param x one tensor per input of the model, the batch first
   * @returns one tensor per output of the model; the caller frees them
   * @throws LulcError `invalid-argument` for another number of inputs, or after `dispose`
   */
  predict(x: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[];
  /** What the engine made of it, one entry per kind of batch seen; empty on engines that cannot record. */
  status(): readonly CaptureStatus[];
  /** Frees what was prepared; the model stays. */
  dispose(): void;
}

/**
 * Prepares a model for prediction with its weights as they are now: where the engine can, batch norms are folded into
 * convolutions, activations and additions are fused with them, weights are packed once, and a prediction is one native
 * call. On other engines it predicts as the model does. Weights that change later are not seen: compile again.
 *
 * The first three predictions for each batch size run as usual, while the engine records them.
 *
 * @param model any TF.js Layers model
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classifier, compileForInference, conv2d, feature, image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const compiled = compileForInference(model);
 * const [probabilities] = compiled.predict(tf.zeros([5, 32, 32, 4]));
 * console.log(probabilities.shape); // [5, 3]
 * compiled.dispose();
 * ```
 */
export function compileForInference(model: LayersModel): CompiledModel {
  const prediction = captured((args) => {
    const outputs = tf.tidy(() => model.apply([...args], { training: false }) as tf.Tensor | tf.Tensor[]);
    return Array.isArray(outputs) ? outputs : [outputs];
  }, 'frozen');
  let disposed = false;
  return {
    predict: (x) => {
      const inputs = x instanceof tf.Tensor ? [x] : x;
      if (disposed) throw new LulcError('invalid-argument', 'the compiled model was disposed');
      if (inputs.length !== model.inputs.length)
        throw new LulcError('invalid-argument', `the model takes ${model.inputs.length} inputs, got ${inputs.length}`, {
          where: { model: model.name },
        });
      return prediction.run(inputs);
    },
    status: () => prediction.status(),
    dispose: () => {
      disposed = true;
      prediction.dispose();
    },
  };
}
