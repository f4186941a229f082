/**
 * What this machine can do at most, as far as the torch engine gets near it: multiplications of a direct convolution
 * (arithmetic), and a pass over memory larger than every cache (bandwidth). A step's time is compared with these.
 *
 *     npm run build && node benchmarks/machine-limits.mjs [threads]
 */
import { registerTorchBackend } from '@lulc/backend-torch';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';

const threads = Number(process.argv[2] ?? 0);
await registerTorchBackend({ winograd: false, ...(threads > 0 ? { threads } : {}) });
await tf.setBackend('torch');
console.log(`${tf.backend().addon.statistics().threads} threads`);

function best(body, repetitions = 20) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repetitions; i++) {
    const begin = performance.now();
    tf.tidy(() => {
      body();
    });
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

console.log('\n| convolution, batch 16 | forward | input gradient | filter gradient | (GFLOP/s)');
console.log('|---|---|---|---|');
for (const [size, channels] of [
  [90, 56],
  [60, 64],
  [45, 116],
  [30, 128],
  [23, 232],
]) {
  const x = tf.randomNormal([16, size, size, channels]);
  const filter = tf.variable(tf.randomNormal([3, 3, channels, channels]));
  const dy = tf.onesLike(x);
  const flops = 2 * 16 * size * size * 9 * channels * channels;
  const rate = (ms) => (flops / ms / 1e6).toFixed(0);
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined };
  const run = (kernel, inputs, more = {}) => tf.engine().runKernel(kernel, inputs, { ...attributes, ...more });
  const forward = best(() => run('Conv2D', { x, filter }, { dilations: 1 }));
  const input = best(() => run('Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape }));
  const weights = best(() => run('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }));
  console.log(
    `| 3x3, ${channels} → ${channels}, ${size}x${size} | ${rate(forward)} | ${rate(input)} | ${rate(weights)} |`,
  );
  tf.dispose([x, filter, dy]);
}

console.log('\n| product | GFLOP/s |');
console.log('|---|---|');
for (const [rows, inner, columns, transposeA, transposeB] of [
  [576, 4000, 64],
  [576, 64, 768],
  [1600, 128, 200],
  [1600, 200, 128, false, true],
  [128, 1600, 200, true],
  [16, 2304, 2048],
  [2048, 2048, 2048],
]) {
  const a = tf.randomNormal(transposeA ? [inner, rows] : [rows, inner]);
  const b = tf.randomNormal(transposeB ? [columns, inner] : [inner, columns]);
  const ms = best(() => tf.matMul(a, b, transposeA, transposeB));
  const name = `${rows} x ${inner}${transposeA ? ' (transposed)' : ''} by ${inner} x ${columns}${transposeB ? ' (transposed)' : ''}`;
  console.log(`| ${name} | ${((2 * rows * inner * columns) / ms / 1e6).toFixed(0)} |`);
  tf.dispose([a, b]);
}

console.log('\n| depthwise convolution, batch 16 | forward | input gradient | filter gradient | (GFLOP/s)');
console.log('|---|---|---|---|');
for (const [size, channels, window, stride] of [
  [60, 32, 3, 1],
  [60, 96, 3, 2],
  [30, 144, 5, 2],
  [15, 240, 5, 1],
  [8, 672, 5, 1],
  [4, 1152, 5, 1],
]) {
  const x = tf.randomNormal([16, size, size, channels]);
  const filter = tf.variable(tf.randomNormal([window, window, channels, 1]));
  const attributes = { strides: [stride, stride], pad: 'same', dilations: [1, 1], dimRoundingMode: undefined };
  const run = (kernel, inputs, more = {}) => tf.engine().runKernel(kernel, inputs, { ...attributes, ...more });
  const dy = run('DepthwiseConv2dNative', { x, filter });
  const flops = 2 * dy.size * window * window;
  const rate = (body) => (flops / best(body) / 1e6).toFixed(0);
  const forward = rate(() => run('DepthwiseConv2dNative', { x, filter }));
  const input = rate(() => run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: x.shape }));
  const weights = rate(() => run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: filter.shape }));
  console.log(`| ${window}x${window}/${stride}, ${channels}, ${size}x${size} | ${forward} | ${input} | ${weights} |`);
  tf.dispose([x, filter, dy]);
}

const megabytes = 256;
const values = tf.ones([megabytes * 2 ** 18]);
const ms = best(() => tf.neg(values));
console.log(`\nread ${megabytes} MB and write as much: ${((2 * megabytes) / 1.024 / ms).toFixed(1)} GB/s`);
