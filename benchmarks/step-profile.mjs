/**
 * Which kernels a training step spends its time in.
 *
 *     node benchmarks/step-profile.mjs [engine] [network] [steps]      e.g.  wasm wrn-b0-eca 2
 */
import { useEngine } from '@lulc/core';
import { prepare, tf } from './trainingStep.js';

const [engineName = 'auto', network = 'wrn-b0-eca', steps = '2'] = process.argv.slice(2);
const engine = await useEngine(engineName);
const subject = await prepare(network);
await subject.step();

const times = new Map();
let inner = 0;
for (const kernel of tf.getKernelsForBackend(engine.name)) {
  const { kernelName, kernelFunc } = kernel;
  kernel.kernelFunc = (args) => {
    const outer = inner;
    inner = 0;
    const start = performance.now();
    const result = kernelFunc(args);
    const total = performance.now() - start;
    const row = times.get(kernelName) ?? { calls: 0, ms: 0 };
    row.calls++;
    row.ms += total - inner; // its own time: kernels it called are counted by themselves
    times.set(kernelName, row);
    inner = outer + total;
    return result;
  };
}
const start = performance.now();
for (let i = 0; i < Number(steps); i++) await subject.step();
const wall = (performance.now() - start) / Number(steps);
const rows = [...times].sort(([, a], [, b]) => b.ms - a.ms);
const inKernels = rows.reduce((sum, [, row]) => sum + row.ms, 0) / Number(steps);
console.log(
  `${engine.name} (${engine.version}), ${network}: ${wall.toFixed(0)} ms a step, ${((1000 * subject.batch) / wall).toFixed(1)} images/s`,
);
console.log(`in kernels ${inKernels.toFixed(0)} ms; outside ${(wall - inKernels).toFixed(0)} ms`);
for (const [name, { calls, ms }] of rows.slice(0, 25))
  console.log(
    `${(ms / Number(steps)).toFixed(1).padStart(9)} ms ${String(calls / Number(steps)).padStart(6)} x ${name}`,
  );
