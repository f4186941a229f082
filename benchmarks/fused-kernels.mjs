/**
 * What the fused batch-norm and ReLU-gradient kernels are worth on an engine: training steps with them and with the
 * compositions that take their place, by turns.
 *
 *     npm run build && node benchmarks/fused-kernels.mjs [engine] [network] [rounds]
 */
import { useEngine } from '@lulc/core';
import { prepare, tf } from './trainingStep.js';

const [engineName = 'auto', network = 'wrn-b0-eca', rounds = '5'] = process.argv.slice(2);
const engine = await useEngine(engineName);
const names = ['BatchNormTrain', 'BatchNormTrainGrad', 'ReluGrad'];
const fused = names.map((name) => tf.getKernel(name, engine.name));
const use = (kernels) => {
  for (const name of names) if (tf.getKernel(name, engine.name) !== undefined) tf.unregisterKernel(name, engine.name);
  for (const kernel of kernels) tf.registerKernel(kernel); // none: the library registers its composition when needed
};
const subject = await prepare(network);
const times = { fused: [], composed: [] };
for (let round = -1; round < Number(rounds); round++) {
  for (const [name, kernels] of [
    ['fused', fused],
    ['composed', []],
  ]) {
    use(kernels);
    const start = performance.now();
    await subject.step();
    if (round >= 0) times[name].push(performance.now() - start);
  }
}
const least = (list) => Math.min(...list);
const [a, b] = [least(times.fused), least(times.composed)];
console.log(
  `${engine.name}, ${network}: ${a.toFixed(0)} ms fused, ${b.toFixed(0)} ms composed: ${(b / a).toFixed(2)} times`,
);
