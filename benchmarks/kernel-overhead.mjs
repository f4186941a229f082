/**
 * What an engine costs beside arithmetic: time per call of a kernel on two scalars, through TF.js and directly, and the
 * time from the start of a process to its first result.
 *
 *     npm run build && node benchmarks/kernel-overhead.mjs [engine] [rounds]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { useEngine } from '@lulc/core';
import { tf } from './trainingStep.js';

const [engineName = 'auto', rounds = '7', firstUse] = process.argv.slice(2);
const callsPerRound = 5000;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const loaded = performance.now();
const engine = await useEngine(engineName);
const ready = performance.now();
await tf.tidy(() => tf.add(1, 2)).data();
const result = performance.now();

if (firstUse !== undefined) {
  console.log(JSON.stringify({ loaded, ready, result }));
  process.exit();
}

/** Microseconds per call, the median over the rounds. */
async function perCall(call, finish) {
  const times = [];
  for (let round = -1; round < Number(rounds); round++) {
    const start = performance.now();
    for (let i = 0; i < callsPerRound; i++) call();
    await finish(); // what an engine only promised is done
    if (round >= 0) times.push((1000 * (performance.now() - start)) / callsPerRound);
  }
  return median(times);
}

const [a, b] = [tf.scalar(1), tf.scalar(2)];
const finish = async () => {
  const sum = tf.add(a, b);
  await sum.data();
  sum.dispose();
};
const backend = tf.backend();
const { kernelFunc } = tf.getKernel('Add', engine.name);
const release = (info) => (typeof info.dispose === 'function' ? info.dispose() : backend.disposeData(info.dataId));
const throughEngine = await perCall(() => tf.add(a, b).dispose(), finish);
const direct = await perCall(() => release(kernelFunc({ inputs: { a, b }, backend, attrs: {} })), finish);

const starts = Array.from({ length: Number(rounds) }, () => {
  const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), engine.name, '1', 'first-use']);
  return JSON.parse(stdout);
});
const ms = (of) => median(starts.map(of)).toFixed(0);

console.log(`${engine.name} on ${engine.device} (${engine.version}), medians of ${rounds} rounds`);
console.log(`tf.add of two scalars, with dispose: ${throughEngine.toFixed(2)} µs`);
console.log(`its kernel called directly, with dispose: ${direct.toFixed(2)} µs`);
console.log(
  `first result ${ms(({ result }) => result)} ms after the process began: ${ms(({ loaded }) => loaded)} ms to load TF.js and the library, ${ms(({ ready, loaded }) => ready - loaded)} ms to start the engine, ${ms(({ result, ready }) => result - ready)} ms to compute`,
);
