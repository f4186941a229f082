import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes float tensors that no gradient flows through. Nothing in it is taped, so that what lies between is freed at
 * once: a momentum copy costs the memory of its results only.
 *
 * @param make makes the tensors; it may assign variables
 * @returns what `make` made
 */
export function withoutGradient<const T extends readonly tf.Tensor[]>(make: () => T): T {
  let shapes: number[][] = [];
  // TF.js tapes nothing inside of a custom gradient; such an operation has one result, so several are joined to one.
  const op = tf.customGrad(() => {
    const made = make();
    shapes = made.map(({ shape }) => shape);
    const value = made.length === 1 ? tf.clone(made[0]) : tf.concat(made.map((t) => tf.reshape(t, [-1])));
    return { value, gradFunc: (dy: tf.Tensor) => [tf.zerosLike(dy)] };
  });
  return tf.tidy(() => {
    const value = op(tf.scalar(0));
    if (shapes.length === 1) return [value];
    const parts = tf.split(
      value,
      shapes.map((shape) => tf.util.sizeFromShape(shape)),
    );
    return parts.map((part, i) => tf.reshape(part, shapes[i]));
  }) as unknown as T;
}

/**
 * Assigns variables in the midst of a differentiable computation, which takes no notice of it.
 *
 * @param assign computes and assigns
 */
export function assignUntaped(assign: () => void): void {
  tf.tidy(() => {
    withoutGradient(() => {
      assign();
      return [tf.scalar(0)];
    });
  });
}
