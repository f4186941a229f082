import { type NamedVariable, requireCount } from '@lulc/core';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { assignUntaped } from './withoutGradient.js';

/** A count of the steps that a method has done: what its schedules follow, on the engine, so that a recorded step moves on. */
export interface StepCount {
  /** The count, part of checkpoints. */
  readonly entry: NamedVariable;
  /** Steps done so far. */
  done(): Scalar;
  /** Counts one more. */
  next(): void;
  /** Frees it. */
  dispose(): void;
}

/** Starts to count at 0. */
export function stepCount(): StepCount {
  const variable = tf.tidy(() => tf.variable(tf.scalar(0), false));
  return {
    entry: { name: 'steps', variable },
    done: () => variable as tf.Tensor as Scalar,
    next: () => {
      assignUntaped(() => {
        variable.assign(tf.add(variable, 1));
      });
    },
    dispose: () => variable.dispose(),
  };
}

/**
 * BYOL's momentum after a number of steps: from its base to 1 along half a cosine, `1 − (1 − base)(cos(π t / length) + 1) / 2`
 * (Grill et al. 2020, arXiv:2006.07733), and 1 from then on.
 *
 * @param base momentum of the first step
 * @param length steps of the way, at least 1
 * @param done steps done
 */
export function rampedMomentum(base: number, length: number, done: Scalar): Scalar {
  requireCount({ ramp: length });
  return tf.tidy(() => {
    const share = tf.minimum(tf.div(done, length), 1);
    return tf.sub(1, tf.mul((1 - base) / 2, tf.add(tf.cos(tf.mul(share, Math.PI)), 1))) as Scalar;
  });
}
