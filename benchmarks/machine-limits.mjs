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

const megabytes = 256;
const values = tf.ones([megabytes * 2 ** 18]);
const ms = best(() => tf.neg(values));
console.log(`\nread ${megabytes} MB and write as much: ${((2 * megabytes) / 1.024 / ms).toFixed(1)} GB/s`);
