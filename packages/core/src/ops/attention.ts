import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: inputs `q, k, v`, attribute `scale`, outputs `[y, shares]` (the softmax). */
export const ATTENTION = 'Attention';

/** Kernel an engine may register: inputs `dy, q, k, v, shares`, attribute `scale`, outputs `[dq, dk, dv]`. */
export const ATTENTION_GRAD = 'AttentionGrad';

const forward: ComposedKernel = ({ q, k, v }, { scale }) => {
  const shares = tf.softmax(tf.matMul(tf.mul(q, scale), k, false, true));
  return [tf.matMul(shares, v), shares];
};

// Of the scores: shares (dShares - sum(dShares shares)), the sum over the keys.
const backward: ComposedKernel = ({ dy, q, k, v, shares }, { scale }) => {
  const dShares = tf.matMul(dy, v, false, true);
  const inner = tf.sum(tf.mul(dShares, shares), -1, true);
  const dScores = tf.mul(tf.mul(tf.sub(dShares, inner), shares), scale);
  return [tf.matMul(dScores, k), tf.matMul(dScores, q, true, false), tf.matMul(shares, dy, true, false)];
};

const gradient: tf.GradConfig = {
  kernelName: ATTENTION,
  inputsToSave: ['q', 'k', 'v'],
  outputsToSave: [false, true],
  gradFunc: (dy, saved, attributes) => {
    const [q, k, v, shares] = saved;
    const { scale } = attributes as unknown as { scale: number };
    const inputs = { dy: (dy as tf.Tensor[])[0], q, k, v, shares };
    // Called here, not in a closure below: each of those gets its own tidy scope, which would free the other outputs.
    const [dq, dk, dv] = runSeamKernel(ATTENTION_GRAD, backward, inputs, { scale });
    return { q: () => dq, k: () => dk, v: () => dv };
  },
};

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762): `softmax(q kᵀ scale) v` for each sample and head.
 * Differentiable in all three.
 *
 * @param q queries, float32 `[batch, heads, tokens, channels]`
 * @param k keys, `[batch, heads, keys, channels]`
 * @param v values, `[batch, heads, keys, width]`
 * @param scale factor on the scores; default `1 / sqrt(channels)`
 * @returns `[batch, heads, tokens, width]`
 * @throws LulcError `shape-mismatch` when the shapes do not fit
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { dotProductAttention, useEngine } from '@lulc/core';
 *
 * await useEngine('cpu');
 * const tokens = tf.ones<tf.Rank.R4>([1, 2, 3, 4]);
 * console.log(dotProductAttention(tokens, tokens, tokens).shape); // [1, 2, 3, 4]
 * ```
 */
export function dotProductAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  scale = 1 / Math.sqrt(q.shape[3]),
): tf.Tensor4D {
  const [batch, heads, keys, channels] = k.shape;
  const fits =
    q.shape[0] === batch &&
    v.shape[0] === batch &&
    q.shape[1] === heads &&
    v.shape[1] === heads &&
    v.shape[2] === keys &&
    q.shape[3] === channels;
  if (!fits)
    throw new LulcError('shape-mismatch', 'attention needs [batch, heads, tokens, channels] of q, k and v', {
      where: { q: `[${q.shape}]`, k: `[${k.shape}]`, v: `[${v.shape}]` },
    });
  if (tf.getGradient(ATTENTION) === undefined) tf.registerGradient(gradient);
  const [y, ...forGradient] = runSeamKernel(ATTENTION, forward, { q, k, v }, { scale });
  tf.dispose(forGradient); // the tape keeps copies of its own
  return y as tf.Tensor4D;
}
