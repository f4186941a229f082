import { featureModel } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a model gives for one input, flat. */
export function predicted(model: LayersModel, input: tf.Tensor | tf.Tensor[]): number[] {
  return tf.tidy(() => [...(model.predict(input) as tf.Tensor).dataSync()]);
}

/** What the residual branches of a model drop: block, rate, and what is dropped together. */
export function drops(model: LayersModel): [block: string, rate: number, unit: string][] {
  return model.layers
    .filter(({ name }) => name.endsWith('/drop'))
    .map((layer) => {
      const { rate, unit } = layer.getConfig() as { readonly rate: number; readonly unit: string };
      return [layer.name.slice(0, -'/drop'.length), rate, unit];
    });
}

/**
 * The pooled features for one input, flat. Comparisons take these: untrained gates halve the signal in each block, so that
 * the probabilities of a deep network are all alike.
 */
export function featuresOf(model: LayersModel, input: tf.Tensor | tf.Tensor[]): number[] {
  return predicted(featureModel(model), input);
}

/** Largest difference of two lists, in units of the largest value of the second. */
export function relativeDifference(got: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(got[i] - value))) / largest;
}
