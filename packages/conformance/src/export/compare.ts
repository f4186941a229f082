import { random } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Values } from './onnxRuntime.js';

/** Values of an input, standard normal. */
function randomInput(shape: readonly number[], seed: number): Float32Array {
  const draw = random(seed);
  return Float32Array.from({ length: shape.reduce((size, side) => size * side, 1) }, () => draw.normal());
}

/** Inputs for a model, one per input, of `batch` samples; open sizes get those of `open`. */
export function inputsOf(model: LayersModel, batch: number, open: readonly number[] = [23, 18]): Values[] {
  return model.inputs.map((tensor, i) => {
    const [, ...sizes] = tensor.shape;
    const shape = [batch, ...sizes.map((size, axis) => size ?? open[axis])];
    return { shape, data: randomInput(shape, 7 + 100 * i + batch) };
  });
}

/** What the model itself gives. */
export function predictions(model: LayersModel, inputs: readonly Values[]): Values[] {
  return tf.tidy(() => {
    const outputs = model.predict(inputs.map(({ data, shape }) => tf.tensor(data, [...shape]))) as
      | tf.Tensor
      | tf.Tensor[];
    return [outputs].flat().map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<'float32'>() }));
  });
}

/** Images with their channels before the pixels; other tensors as they are. */
export function channelsFirst({ data, shape }: Values): Values {
  if (shape.length !== 4) return { data, shape };
  return tf.tidy(() => {
    const turned = tf.transpose(tf.tensor(data, [...shape]), [0, 3, 1, 2]);
    return { shape: turned.shape, data: turned.dataSync<'float32'>() };
  });
}

/** Largest absolute difference; infinite when shapes differ or a value is not finite. */
export function largestDifference(got: Values, expected: Values): number {
  if (`${got.shape}` !== `${expected.shape}`) return Number.POSITIVE_INFINITY;
  return expected.data.reduce((largest, value, i) => {
    const difference = Math.abs(value - got.data[i]);
    return difference >= 0 ? Math.max(largest, difference) : Number.POSITIVE_INFINITY;
  }, 0);
}

/** How much the outputs for the samples of a batch differ: a comparison on outputs that are all alike shows nothing. */
export function spread({ data }: Values): number {
  return Math.max(...data) - Math.min(...data);
}
