import * as tf from '@tensorflow/tfjs-core';
import { hashSeed } from '../random/random.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/**
 * Kernel an engine may register: input `x` (its shape only), attributes `rate`, `perSample` (0 or 1), `stepKey` and
 * `draw`; output a mask of `x`'s shape, or of one value per sample: 0 with probability `rate`, else `1 / (1 − rate)`. The
 * same `stepKey` and `draw` give the same mask on the same engine; others give independent ones.
 */
export const DROPOUT_MASK = 'DropoutMask';

const composed: ComposedKernel = ({ x }, { rate, perSample, stepKey, draw }) => {
  const shape = perSample === 1 ? x.shape.map((size, axis) => (axis === 0 ? size : 1)) : x.shape;
  // Never 0, which TF.js takes as "no seed".
  const seed = (hashSeed(stepKey, draw) >>> 1) + 1;
  const kept = tf.floor(tf.add(tf.randomUniform(shape, 0, 1, 'float32', seed), 1 - rate));
  return [tf.div(kept, 1 - rate)];
};

/** What a mask depends on. */
export interface MaskOptions {
  /** Probability of 0. */
  readonly rate: number;
  /** One value per sample instead of one per element. */
  readonly perSample: boolean;
  /** Key of the training step. */
  readonly stepKey: number;
  /** Number of the draw in the step. */
  readonly draw: number;
}

/** A mask for `x`, see {@link DROPOUT_MASK}; no gradient passes through it. */
export function dropoutMask(x: tf.Tensor, { rate, perSample, stepKey, draw }: MaskOptions): tf.Tensor {
  return runSeamKernel(DROPOUT_MASK, composed, { x }, { rate, perSample: perSample ? 1 : 0, stepKey, draw })[0];
}

/** `x` times a random mask, see {@link DROPOUT_MASK}; its gradient is the incoming one times the same mask. */
export function dropoutBy(x: tf.Tensor, options: MaskOptions): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const mask = dropoutMask(input, options);
    save([mask]);
    return { value: tf.mul(input, mask), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]) };
  });
  return op(x);
}
