/**
 * How the wasm engine's convolution gradients were chosen: this library's kernels against TensorFlow.js' own and against
 * other compositions, taking turns, on the sizes that the networks have.
 *
 *     npm run build && node benchmarks/wasm-kernels.mjs [rounds]
 */
import '@tensorflow/tfjs-backend-wasm';
import { useEngine } from '@lulc/core';
import { tf } from './trainingStep.js';

const rounds = Number(process.argv[2] ?? 5);
await tf.setBackend('wasm');
const ownInputGradient = tf.getKernel('Conv2DBackpropInput', 'wasm').kernelFunc;
await useEngine('wasm');
const kernel = (name) => tf.getKernel(name, 'wasm').kernelFunc;
const ours = { filter: kernel('Conv2DBackpropFilter'), input: kernel('Conv2DBackpropInput') };

/** [name, image size, channels in, channels out, filter size, stride], batch 16, padding 'same'. */
const sizes = [
  ['3x3, 56 to 56, 60x60', 60, 56, 56, 3, 1],
  ['3x3, 32 to 32, 60x60', 60, 32, 32, 3, 1],
  ['3x3, 10 to 16, 60x60', 60, 10, 16, 3, 1],
  ['3x3, 232 to 232, 23x23', 23, 232, 232, 3, 1],
  ['3x3/2, 56 to 116, 90x90', 90, 56, 116, 3, 2],
  ['1x1/2, 56 to 116, 90x90', 90, 56, 116, 1, 2],
  ['1x1, 128 to 128, 15x15', 15, 128, 128, 1, 1],
  ['7x7/2, 3 to 64, 120x120', 120, 3, 64, 7, 2],
];
const batch = 16;

/** dW as a convolution whose images are the input's channels and whose filter is dy (stride 1). */
function filterByConvolution(x, dy, [kh, kw], pad) {
  const images = tf.transpose(tf.pad(x, [[0, 0], pad[0], pad[1], [0, 0]]), [3, 1, 2, 0]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const out = tf.conv2d(images, filter, 1, 'valid');
  return tf.transpose(tf.slice(out, [0, 0, 0, 0], [-1, kh, kw, -1]), [1, 2, 0, 3]);
}

/** dW as one product of explicit patches: a slice for each tap, put together, transposed. */
function filterByPatches(x, dy, [kh, kw], pad, stride) {
  const [n, oh, ow, o] = dy.shape;
  const padded = tf.pad(x, [[0, 0], pad[0], pad[1], [0, 0]]);
  const taps = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++)
      taps.push(
        tf.stridedSlice(
          padded,
          [0, i, j, 0],
          [n, i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1, x.shape[3]],
          [1, stride, stride, 1],
        ),
      );
  const patches = tf.reshape(tf.concat(taps, 3), [n * oh * ow, -1]);
  return tf.matMul(tf.transpose(patches), tf.reshape(dy, [n * oh * ow, o]));
}

/** The same with each tap's own product. */
function filterByTaps(x, dy, [kh, kw], pad, stride) {
  const [n, oh, ow, o] = dy.shape;
  const padded = tf.pad(x, [[0, 0], pad[0], pad[1], [0, 0]]);
  const right = tf.reshape(dy, [n * oh * ow, o]);
  const products = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const ends = [n, i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1, x.shape[3]];
      const tap = tf.reshape(tf.stridedSlice(padded, [0, i, j, 0], ends, [1, stride, stride, 1]), [n * oh * ow, -1]);
      products.push(tf.matMul(tf.transpose(tap), right));
    }
  return tf.stack(products);
}

/** dx as a stride-1 convolution of dy spread out with zeros. */
function inputByDilation(dy, filter, inputShape, pad, stride) {
  const [n, oh, ow, o] = dy.shape;
  const spread = tf.reshape(
    tf.pad(tf.reshape(dy, [n, oh, 1, ow, 1, o]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]),
    [n, oh * stride, ow * stride, o],
  );
  const [kh, kw] = filter.shape;
  const flipped = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const before = [kh - 1 - pad[0][0], kw - 1 - pad[1][0]];
  const after = [inputShape[1] + pad[0][0] - oh * stride, inputShape[2] + pad[1][0] - ow * stride];
  return tf.conv2d(
    tf.pad(spread, [
      [0, 0],
      [before[0], Math.max(0, after[0])],
      [before[1], Math.max(0, after[1])],
      [0, 0],
    ]),
    flipped,
    1,
    'valid',
  );
}

const report = (title, flops, candidates) => {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const start = performance.now();
      tf.tidy(() => {
        run();
      });
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  for (const [name, list] of Object.entries(times))
    console.log(`| ${title} | ${name} | ${median(list).toFixed(1)} | ${(flops / 1e6 / median(list)).toFixed(1)} |`);
};

console.log('| convolution, batch 16 | how | ms | GFLOP/s |\n|---|---|---|---|');
for (const [name, size, c, o, k, stride] of sizes) {
  const inputShape = [batch, size, size, c];
  const filterShape = [k, k, c, o];
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, stride, 1, 'same');
  const { top, bottom, left, right } = info.padInfo;
  const pad = [
    [top, bottom],
    [left, right],
  ];
  const flops = 2 * batch * info.outHeight * info.outWidth * k * k * c * o;
  const x = tf.randomNormal(inputShape);
  const filter = tf.randomNormal(filterShape);
  const dy = tf.randomNormal(info.outShape);
  const backend = tf.backend();
  const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', filterShape, inputShape };
  const direct = (kernelFunc, inputs) => () => {
    const { dataId } = kernelFunc({ inputs, attrs, backend });
    backend.disposeData(dataId);
  };
  report(`${name}: forward`, flops, { forward: () => tf.conv2d(x, filter, stride, 'same') });
  report(`${name}: filter gradient`, flops, {
    'this library': direct(ours.filter, { x, dy }),
    'patches, one product': () => filterByPatches(x, dy, filterShape, pad, stride),
    'a product for each tap': () => filterByTaps(x, dy, filterShape, pad, stride),
    ...(stride === 1 ? { 'as a convolution': () => filterByConvolution(x, dy, filterShape, pad) } : {}),
  });
  report(`${name}: input gradient`, flops, {
    'this library': direct(ours.input, { dy, filter }),
    "TensorFlow.js' own": direct(ownInputGradient, { dy, filter }),
    ...(stride > 1 ? { 'dy spread with zeros': () => inputByDilation(dy, filter, inputShape, pad, stride) } : {}),
  });
  tf.dispose([x, filter, dy]);
}
