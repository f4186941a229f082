/**
 * Whether memory stays flat over many training steps of a small network.
 *
 *     npm run build && node --expose-gc benchmarks/memory.mjs [engine] [steps]
 */
import { useEngine } from '@lulc/core';
import { prepare, tf } from './trainingStep.js';

const [engineName = 'auto', steps = '2000'] = process.argv.slice(2);
const engine = await useEngine(engineName);
const subject = await prepare('wrn-b0-eca', { size: 24, batch: 4 });
console.log(`${engine.name} (${engine.version})`);
for (let step = 0; step <= Number(steps); step++) {
  await subject.step();
  if (step % Math.ceil(Number(steps) / 5) !== 0) continue;
  globalThis.gc?.();
  const megabytes = process.memoryUsage().rss / 1e6;
  console.log(`step ${step}: ${megabytes.toFixed(1)} MB resident, ${tf.memory().numTensors} tensors`);
}
