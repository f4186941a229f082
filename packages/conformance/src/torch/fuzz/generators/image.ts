import * as tf from '@tensorflow/tfjs-core';
import type { Generator, Generators, Reference } from '../case.js';
import type { Draw } from '../draw.js';

function resizing(draw: Draw, smallest: (alignCorners: boolean) => number = () => 1) {
  const [batch, channels] = [draw.integer(1, 2), draw.integer(1, 3)];
  const alignCorners = draw.chance();
  const from = draw.list(2, () => draw.integer(smallest(alignCorners), 7));
  const to = draw.list(2, () => draw.integer(1, 9));
  return {
    images: [batch, ...from, channels],
    dy: [batch, ...to, channels],
    size: to,
    mode: { alignCorners, halfPixelCenters: !alignCorners && draw.chance() },
  };
}

function resize(measure: Generator['measure']): Generator {
  return {
    measure,
    make: (draw) => {
      const { images, size, mode } = resizing(draw);
      return {
        inputs: { images: draw.floats(images) },
        attributes: { size, ...mode },
      };
    },
  };
}

/** The cpu backend's kernel. */
const onCpu = (kernel: string, inputs: Readonly<Record<string, tf.Tensor>>, attributes: object): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;

/**
 * The cpu backend's kernel on one image after the other: it is wrong for all but the first of a batch. Inputs that are
 * fewer than the images belong to all of them.
 */
const imageByImage =
  (kernel: string): Reference =>
  (inputs, attributes) => {
    const batch = Math.max(...Object.values(inputs).map(({ shape }) => shape[0]));
    const one = (tensor: tf.Tensor, i: number) => tf.gather(tensor, [Math.min(i, tensor.shape[0] - 1)]);
    const results = Array.from({ length: batch }, (_, i) => {
      const entries = Object.entries(inputs).map(([name, tensor]) => [name, one(tensor, i)] as const);
      return onCpu(kernel, Object.fromEntries(entries), attributes);
    });
    return [tf.concat(results)];
  };

/** The cpu backend's kernel, which confuses height and width in the shape that it announces. */
const asImages =
  (kernel: string): Reference =>
  (inputs, attributes) => [tf.reshape(onCpu(kernel, inputs, attributes), inputs.images.shape)];

function resizeGradient(reference: Reference): Generator {
  return {
    reference,
    measure: 'summands',
    make: (draw) => {
      // With aligned corners, the cpu backend never comes to an end with the gradient of an image of one pixel.
      const { images, dy, mode } = resizing(draw, (alignCorners) => (alignCorners ? 2 : 1));
      // TF.js knows the gradient only of the modes without half pixels.
      const attributes = { alignCorners: mode.alignCorners, halfPixelCenters: false, size: dy.slice(1, 3) };
      return { inputs: { images: draw.floats(images), dy: draw.floats(dy) }, attributes };
    },
  };
}

/** The gradient of a bilinear resize: what every pixel of the image, alone at 1, gives to the result, times the gradient. */
const byBasis: Reference = ({ dy, images }, { alignCorners }) => {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const [, newHeight, newWidth] = dy.shape as [number, number, number, number];
  const basis = tf.reshape(tf.eye(height * width), [height * width, height, width, 1]) as tf.Tensor4D;
  const shares = tf.image.resizeBilinear(basis, [newHeight, newWidth], alignCorners === 1, alignCorners !== 1);
  const matrix = tf.tile(tf.reshape(shares, [1, height * width, newHeight * newWidth]), [batch, 1, 1]);
  const gradient = tf.matMul(matrix, tf.reshape(dy, [batch, newHeight * newWidth, channels]));
  return [tf.reshape(gradient, images.shape)];
};

function suppression(more: (draw: Draw) => object): Generator {
  return {
    make: (draw) => {
      const count = draw.integer(1, 12);
      return {
        inputs: {
          boxes: draw.floats([count, 4], { low: 0, high: 1 }),
          scores: draw.floats([count], { low: 0, high: 1 }),
        },
        attributes: {
          maxOutputSize: draw.integer(1, count),
          iouThreshold: draw.uniform(0.1, 0.9),
          scoreThreshold: draw.uniform(0, 0.5),
          ...more(draw),
        },
      };
    },
  };
}

/** Images. */
export const images: Generators = {
  ResizeBilinear: resize('summands'),
  ResizeNearestNeighbor: resize('exact'),
  ResizeBilinearGrad: resizeGradient(asImages('ResizeBilinearGrad')),
  BilinearResizeGrad: {
    measure: 'summands',
    make: (draw) => {
      const { images, dy, mode } = resizing(draw);
      const attributes = { alignCorners: Number(mode.alignCorners) };
      return { inputs: { dy: draw.floats(dy), images: draw.floats(images) }, attributes };
    },
    reference: byBasis,
  },
  ResizeNearestNeighborGrad: resizeGradient(imageByImage('ResizeNearestNeighborGrad')),
  CropAndResize: {
    measure: 'summands',
    summands: ({ inputs, attributes }) => {
      const { image, ...rest } = inputs as Record<string, ReturnType<Draw['floats']>>;
      const values = (image.values as number[]).map(Math.abs);
      return { inputs: { image: { ...image, values }, ...rest }, attributes };
    },
    make: (draw) => {
      const batch = draw.integer(1, 3);
      const count = draw.integer(1, 4);
      return {
        inputs: {
          image: draw.floats([batch, draw.integer(1, 7), draw.integer(1, 7), draw.integer(1, 3)]),
          boxes: draw.floats([count, 4], { low: -0.2, high: 1.2 }),
          boxInd: draw.integers([count], 0, batch - 1),
        },
        attributes: {
          cropSize: [draw.integer(1, 5), draw.integer(1, 5)],
          method: draw.pick(['bilinear', 'nearest']),
          extrapolationValue: draw.integer(0, 2),
        },
      };
    },
  },
  RotateWithOffset: {
    measure: 'exact',
    make: (draw) => {
      const shape = draw.shape(4, 4, { empty: false });
      shape[3] = draw.pick([1, 3, 4]);
      return {
        inputs: { image: draw.floats(shape) },
        attributes: {
          radians: draw.uniform(-3, 3),
          fillValue: draw.chance() ? 0 : [1, 2, 3],
          center: draw.chance() ? 0.5 : [draw.uniform(0, 1), draw.uniform(0, 1)],
        },
      };
    },
  },
  Transform: {
    measure: 'largest',
    reference: imageByImage('Transform'),
    make: (draw) => {
      const batch = draw.integer(1, 2);
      const matrix = () => [
        ...[draw.uniform(0.5, 1.5), draw.uniform(-0.5, 0.5), draw.uniform(-2, 2)],
        ...[draw.uniform(-0.5, 0.5), draw.uniform(0.5, 1.5), draw.uniform(-2, 2)],
        ...[draw.chance(0.7) ? 0 : draw.uniform(0, 0.05), 0],
      ];
      const count = draw.pick([1, batch]);
      return {
        inputs: {
          image: draw.floats([batch, draw.integer(1, 6), draw.integer(1, 6), draw.integer(1, 3)]),
          transforms: { dtype: 'float32', shape: [count, 8], values: draw.list(count, matrix).flat().map(Math.fround) },
        },
        attributes: {
          interpolation: draw.pick(['nearest', 'bilinear']),
          fillMode: draw.pick(['constant', 'reflect', 'wrap', 'nearest']),
          fillValue: draw.integer(0, 2),
          ...(draw.chance() ? { outputShape: [draw.integer(1, 6), draw.integer(1, 6)] } : {}),
        },
      };
    },
  },
  NonMaxSuppressionV3: suppression(() => ({})),
  NonMaxSuppressionV4: suppression((draw) => ({ padToMaxOutputSize: draw.chance() })),
  NonMaxSuppressionV5: suppression((draw) => ({ softNmsSigma: draw.pick([0, 0.5]) })),
};
