import * as tf from '@tensorflow/tfjs-core';

/** Factor of the first step. Powers of two, so that scaling rounds nothing. */
const first = 2 ** 16;

/** Steps without overflow after which the factor doubles. */
const patience = 2000;

/** Largest factor. */
const most = 2 ** 24;

/**
 * Dynamic loss scaling (Micikevicius et al. 2018, arXiv:1710.03740): half-precision gradients vanish unless the loss is
 * large. A step whose gradient overflows is left out and halves the factor; many good ones in a row double it. All of it
 * lives in tensors, so nothing waits for the device and a recorded step adjusts it, too.
 */
export interface LossScale {
  /** `[factor, good steps in a row]`: goes into checkpoints. */
  readonly state: tf.Variable<tf.Rank.R1>;
  /** The factor on the loss. */
  factor(): tf.Scalar;
  /** Takes notice of whether the gradient of a step was finite (scalar bool). */
  adjust(finite: tf.Scalar): void;
  /** Frees it. */
  dispose(): void;
}

/** Starts loss scaling. */
export function createLossScale(): LossScale {
  const state = tf.tidy(() => tf.variable(tf.tensor1d([first, 0]), false));
  const part = (index: number): tf.Scalar => tf.reshape(tf.slice(state, [index], [1]), []);
  return {
    state,
    factor: () => part(0),
    adjust: (finite) =>
      tf.tidy(() => {
        const factor = part(0);
        const good = tf.add(part(1), 1);
        const isTime = tf.greaterEqual(good, patience);
        const grown = tf.where(isTime, tf.minimum(tf.mul(factor, 2), most), factor);
        const nextFactor = tf.where(finite, grown, tf.maximum(tf.div(factor, 2), 1));
        const nextGood = tf.where(tf.logicalAnd(finite, tf.logicalNot(isTime)), good, 0);
        state.assign(tf.stack([nextFactor, nextGood]) as tf.Tensor1D);
      }),
    dispose: () => state.dispose(),
  };
}

/** Whether the active engine computes in half precision, whose gradients need scaling. */
export function needsLossScale(): boolean {
  return (tf.backend() as unknown as { readonly precision?: string }).precision === 'fp16';
}
