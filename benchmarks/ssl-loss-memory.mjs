/**
 * Peak memory of NT-Xent with its gradient, in chunks of rows and in one piece, beside the same loss written with TF.js'
 * tape: bytes of tensors at most (`tf.profile`) and how much the process grew. Every case is a process of its own.
 *
 *     npm run build && node benchmarks/ssl-loss-memory.mjs [engine] [pairs,pairs…] [dimensions]
 *
 * Cases whose similarities alone would take more than 8 GiB are left out.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ntXent } from '@lulc/contrastive-ssl';
import { useEngine } from '@lulc/core';

// One TensorFlow.js for the library and for this script: the one the workspace has.
const require = createRequire(import.meta.url);
const tf = (await import(pathToFileURL(require.resolve('@tensorflow/tfjs-core')).href)).default;

/** Matrices of all similarities that a gradient by the tape holds at the same time, about. */
const matricesOfTheTape = 5;
const mostBytes = 8 * 2 ** 30;

/** As it is written down. */
function byTape(zi, zj) {
  const pool = tf.concat([zi, zj]);
  const [rows] = pool.shape;
  const z = tf.div(pool, tf.norm(pool, 2, 1, true));
  const similarities = tf.sub(tf.div(tf.matMul(z, z, false, true), 0.5), tf.mul(tf.eye(rows), 1e9));
  const partners = tf.concat([tf.slice(z, rows / 2), tf.slice(z, 0, rows / 2)]);
  const positive = tf.div(tf.sum(tf.mul(z, partners), 1), 0.5);
  return tf.mean(tf.sub(tf.logSumExp(similarities, 1), positive));
}

/** Ways to compute it, and matrices of all similarities that they hold. */
const ways = {
  'in chunks': { matrices: 0, loss: (zi, zj) => ntXent(zi, zj) },
  'in one piece': { matrices: matricesOfTheTape, loss: (zi, zj) => ntXent(zi, zj, { chunk: 2 * zi.shape[0] }) },
  'by the tape': { matrices: matricesOfTheTape, loss: byTape },
};

async function measure(engineName, way, pairs, dimensions) {
  await useEngine(engineName);
  const views = [1, 2].map((seed) => tf.randomNormal([pairs, dimensions], 0, 1, 'float32', seed));
  const gradients = tf.valueAndGrads(ways[way].loss);
  // Kernels set themselves up on something small.
  tf.tidy(() => void gradients(views.map((view) => tf.slice(view, 0, 2))).value.dataSync());
  const before = process.memoryUsage().rss;
  const begin = performance.now();
  const { peakBytes } = await tf.profile(() =>
    tf.tidy(() => {
      const { value, grads } = gradients(views);
      value.dataSync();
      grads[0].dataSync();
    }),
  );
  const ms = performance.now() - begin;
  return { tensors: peakBytes, process: process.resourceUsage().maxRSS * 1024 - before, ms };
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

if (process.argv[2] === 'case') {
  const [engineName, way, pairs, dimensions] = process.argv.slice(3);
  console.log(JSON.stringify(await measure(engineName, way, Number(pairs), Number(dimensions))));
  process.exit(0);
}
const [engineName = 'torch', sizes = '1024,4096,16384', dimensions = '64'] = process.argv.slice(2);
console.log(`${engineName}, ${dimensions} dimensions`);
console.log(
  '| pairs | rows compared with rows | way | tensors at most | process grew by | seconds |\n|---|---|---|---|---|---|',
);
for (const pairs of sizes.split(',').map(Number)) {
  for (const [way, { matrices }] of Object.entries(ways)) {
    if (matrices * 4 * (2 * pairs) ** 2 > mostBytes) continue;
    const task = ['case', engineName, way, String(pairs), dimensions];
    const answer = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...task], { encoding: 'utf8' });
    const { tensors, process: grown, ms } = JSON.parse(answer.trim().split('\n').at(-1));
    const square = `${2 * pairs} x ${2 * pairs}`;
    console.log(
      `| ${pairs} | ${square} | ${way} | ${megabytes(tensors)} | ${megabytes(grown)} | ${(ms / 1000).toFixed(1)} |`,
    );
  }
}
