import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { dropoutMask, type MaskOptions } from './dropoutMask.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: inputs `q, k, v`, attribute `scale`, outputs `[y, shares]` (the softmax). */
export const ATTENTION = 'Attention';

/** Kernel an engine may register: inputs `dy, q, k, v, shares`, attribute `scale`, outputs `[dq, dk, dv]`. */
export const ATTENTION_GRAD = 'AttentionGrad';

/**
 * Kernel an engine may register: inputs `q, k, v`, attributes `scale`, `rate`, `stepKey` and `draw` (of {@link DROPOUT_MASK}),
 * outputs `[y, shares, kept]`: the softmax, and what the mask leaves of it.
 */
export const ATTENTION_DROPOUT = 'AttentionDropout';

/** Kernel an engine may register: inputs `dy, q, k, v, shares, kept`, attribute `scale`, outputs `[dq, dk, dv]`. */
export const ATTENTION_DROPOUT_GRAD = 'AttentionDropoutGrad';

const sharesOf = (q: tf.Tensor, k: tf.Tensor, scale: number): tf.Tensor =>
  tf.softmax(tf.matMul(tf.mul(q, scale), k, false, true));

const forward: ComposedKernel = ({ q, k, v }, { scale }) => {
  const shares = sharesOf(q, k, scale);
  return [tf.matMul(shares, v), shares];
};

const forwardDropping: ComposedKernel = ({ q, k, v }, { scale, rate, stepKey, draw }) => {
  const shares = sharesOf(q, k, scale);
  const kept = tf.mul(shares, dropoutMask(shares, { rate, perSample: false, stepKey, draw }));
  return [tf.matMul(kept, v), shares, kept];
};

// With dKept = dy vᵀ, of the scores: dKept kept - shares sum(dKept kept), the sum over the keys. Without dropout all is kept.
const backward: ComposedKernel = ({ dy, q, k, v, shares, kept = shares }, { scale }) => {
  const flow = tf.mul(tf.matMul(dy, v, false, true), kept);
  const dScores = tf.mul(tf.sub(flow, tf.mul(tf.sum(flow, -1, true), shares)), scale);
  return [tf.matMul(dScores, k), tf.matMul(dScores, q, true, false), tf.matMul(kept, dy, true, false)];
};

/** Gradient of a kernel by another, which takes the kernel's inputs and all its outputs but the first. */
function gradient(kernelName: string, gradName: string, forGradient: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['q', 'k', 'v'],
    outputsToSave: [false, ...forGradient.map(() => true)],
    gradFunc: (dy, saved, attributes) => {
      const [q, k, v, ...outputs] = saved;
      const { scale } = attributes as unknown as { scale: number };
      const others = Object.fromEntries(forGradient.map((name, i) => [name, outputs[i]]));
      // Called here, not in a closure below: each of those gets its own tidy scope, which would free the other outputs.
      const inputs = { dy: (dy as tf.Tensor[])[0], q, k, v, ...others };
      const [dq, dk, dv] = runSeamKernel(gradName, backward, inputs, { scale });
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  };
}

const gradients = [
  gradient(ATTENTION, ATTENTION_GRAD, ['shares']),
  gradient(ATTENTION_DROPOUT, ATTENTION_DROPOUT_GRAD, ['shares', 'kept']),
];

/** Dropout of attention: see {@link DROPOUT_MASK}. */
export type AttentionDropout = Pick<MaskOptions, 'rate' | 'stepKey' | 'draw'>;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762): `softmax(q kᵀ scale) v` for each sample and head.
 * Differentiable in all three.
 *
 * @param q queries, float32 `[batch, heads, tokens, channels]`
 * @param k keys, `[batch, heads, keys, channels]`
 * @param v values, `[batch, heads, keys, width]`
 * @param scale factor on the scores; default `1 / sqrt(channels)`
 * @param dropout sets a share of the softmax to 0 and scales the rest by `1 / (1 − rate)`; default none
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
  dropout?: AttentionDropout,
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
  for (const config of gradients) if (tf.getGradient(config.kernelName) === undefined) tf.registerGradient(config);
  const inputs = { q, k, v };
  const [y, ...forGradient] =
    dropout === undefined
      ? runSeamKernel(ATTENTION, forward, inputs, { scale })
      : runSeamKernel(ATTENTION_DROPOUT, forwardDropping, inputs, { scale, ...dropout });
  tf.dispose(forGradient); // the tape keeps copies of its own
  return y as tf.Tensor4D;
}
