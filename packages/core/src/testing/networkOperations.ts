import * as tf from '@tensorflow/tfjs-core';

/** Shape of the image they take. */
export const image: [number, number, number, number] = [2, 9, 9, 4];
/** The operations that the benchmark's networks are made of, each on a `[2, 9, 9, 4]` image. */
export const networkOperations: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
  'max pooling 3/2': (x) => tf.maxPool(x, 3, 2, 'valid'),
  'max pooling 2/2, negative values at the border': (x) => tf.maxPool(tf.sub(x, 2) as tf.Tensor4D, 2, 2, 'same'),
  'max pooling 3/1 with padding': (x) => tf.maxPool(x, 3, 1, 'same'),
  'average pooling 2/2': (x) => tf.avgPool(x, 2, 2, 'valid'),
  'average pooling 8/8': (x) => tf.avgPool(x, 8, 8, 'valid'),
  'global mean': (x) => tf.mean(x, [1, 2]),
  'global maximum': (x) => tf.max(x, [1, 2]),
  'mean and maximum over channels': (x) => tf.concat([tf.mean(x, 3, true), tf.max(x, 3, true)], 3),
  'means over rows and columns, joined and split': (x) => {
    const joined = tf.concat([tf.mean(x, 2, true), tf.transpose(tf.mean(x, 1, true), [0, 2, 1, 3])], 1);
    const [high, wide] = tf.split(joined, 2, 1);
    return tf.mul(tf.mul(x, tf.sigmoid(high)), tf.sigmoid(tf.transpose(wide, [0, 2, 1, 3])));
  },
  'channel attention by a 1-D convolution': (x) => {
    const sequence = tf.reshape(tf.mean(x, [1, 2]), [2, 4, 1]) as tf.Tensor3D;
    const mixed = tf.conv1d(sequence, tf.tensor3d([0.2, 0.5, 0.3], [3, 1, 1]), 1, 'same');
    return tf.mul(x, tf.reshape(tf.sigmoid(mixed), [2, 1, 1, 4]));
  },
  swish: (x) => tf.mul(x, tf.sigmoid(x)),
  'relu6 and hard swish': (x) => tf.mul(tf.relu6(x), tf.relu6(tf.add(x, 3))),
  'exact GELU': (x) => tf.mul(x, tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  softmax: (x) => tf.softmax(x),
  'softmax cross-entropy': (x) => tf.losses.softmaxCrossEntropy(tf.oneHot([1, 3], 4), tf.mean(x, [1, 2])),
  'sigmoid cross-entropy': (x) => tf.losses.sigmoidCrossEntropy(tf.ones([2, 4]), tf.mean(x, [1, 2])),
  'layer norm': (x) => {
    const centred = tf.sub(x, tf.mean(x, 3, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 3, true), 0.1)));
  },
  'self-attention': (x) => {
    const tokens = tf.reshape(x, [2, 81, 4]);
    return tf.matMul(tf.softmax(tf.matMul(tokens, tokens, false, true)), tokens);
  },
  'resizing by two matrix products': (x) => {
    const weights = tf.reshape(tf.linspace(-1, 1, 6 * 9), [6, 9]) as tf.Tensor2D;
    const high = tf.matMul(weights, tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [9, -1]) as tf.Tensor2D);
    return tf.transpose(tf.reshape(high, [6, 2, 9, 4]), [1, 0, 2, 3]);
  },
  'bilinear resizing': (x) => tf.image.resizeBilinear(x, [5, 12]),
  'padding and cropping': (x) => tf.slice(tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]), [0, 2, 1, 0], [2, 8, 7, 3]), // biome-ignore format: one line
  'space to patches': (x) =>
    tf.transpose(tf.reshape(tf.slice(x, [0, 0, 0, 0], [2, 8, 8, 4]), [2, 4, 2, 4, 8]), [0, 1, 3, 2, 4]),
  'clipped logarithm and powers': (x) => tf.mul(tf.log(tf.clipByValue(x, 0.1, 1)), tf.pow(tf.abs(x), 2)),
  'inference batch norm': (x) => tf.batchNorm(x, [0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4], [0, 1, 0, 1], [1, 2, 1, 2], 1e-3),
};

/** The operation and its gradient, for a weighted sum of its outputs. */
export function valueAndGradient(name: string, x: tf.Tensor): tf.Tensor[] {
  const operation = (t: tf.Tensor) => networkOperations[name](t as tf.Tensor4D);
  const y = operation(x);
  return [y, tf.grad(operation)(x, tf.reshape(tf.linspace(-1, 2, y.size), y.shape))];
}
