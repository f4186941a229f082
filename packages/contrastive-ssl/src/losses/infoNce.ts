import { LulcError, requireAbove } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { unitRows } from './unitRows.js';

/**
 * Cross-entropy of telling the positive from a queue of negatives (InfoNCE as in MoCo, He et al. 2020, arXiv:1911.05722):
 * the mean over rows of `−log(e^{q·k/τ} / (e^{q·k/τ} + Σ e^{q·n/τ}))`, all rows scaled to length 1. With all embeddings the same it
 * is `ln(1 + negatives)`.
 *
 * Memory: `rows · (1 + negatives)` similarities, several times.
 *
 * @param queries `[N, D]`
 * @param keys `[N, D]`: the positive of each query; give them without gradient for a momentum copy's
 * @param negatives `[K, D]`
 * @param temperature divisor of the similarities, > 0
 * @returns scalar, at least 0, differentiable in all three
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for the temperature
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { useEngine } from '@lulc/core';
 * import { infoNce } from '@lulc/contrastive-ssl';
 *
 * await useEngine('cpu');
 * const same = tf.ones([2, 8]) as tf.Tensor2D;
 * const loss = infoNce(same, same, tf.ones([6, 8]) as tf.Tensor2D, 0.2);
 * console.log(loss.dataSync()[0].toFixed(4), Math.log(7).toFixed(4)); // 1.9459 1.9459
 * ```
 */
export function infoNce(
  queries: tf.Tensor2D,
  keys: tf.Tensor2D,
  negatives: tf.Tensor2D,
  temperature: number,
): tf.Scalar {
  requireAbove(0, { temperature });
  if (!tf.util.arraysEqual(queries.shape, keys.shape) || negatives.shape[1] !== queries.shape[1]) {
    const shapes = [queries, keys, negatives].map(({ shape }) => `[${shape}]`).join(', ');
    throw new LulcError('shape-mismatch', `queries, keys and negatives are ${shapes}`, {
      hint: 'They must be [N, D], [N, D] and [K, D].',
    });
  }
  return tf.tidy(() => {
    const [q, k, n] = [queries, keys, negatives].map(unitRows);
    const positive = tf.div(tf.sum(tf.mul(q, k), 1, true), temperature);
    const logits = tf.concat([positive, tf.div(tf.matMul(q, n, false, true), temperature)], 1);
    return tf.mean(tf.sub(tf.logSumExp(logits, 1, true), positive)) as tf.Scalar;
  });
}
