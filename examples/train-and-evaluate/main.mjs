// A downstream program that uses only the published API: simulated patches in the true BigEarthNet v2 layout, a small
// WRN-ECA, a few epochs, evaluation, Grad-CAM, and a round trip through safetensors. About a minute on two cores.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, gradCam, loadModel, saveModel, train, useEngine } from '@lulc/core';
import { dihedral } from '@lulc/sentinel2-data';
import { createLoader, openDataset, simulateLandscape } from '@lulc/sentinel2-data/node';
import { scaledWRN } from '@lulc/wrn-eca';
import { tensor4d } from '@tensorflow/tfjs-core';

const engine = await useEngine('auto');
console.log(`engine: ${engine.name} (${engine.why})`);

const folder = await mkdtemp(join(tmpdir(), 'lulc-example-'));
const path = join(folder, 'patches');
await simulateLandscape({ out: path, patches: 60, seed: 1 });

const size = [32, 32];
const [training, test] = await Promise.all(['train', 'test'].map((split) => openDataset({ path, split })));
console.log(`SIMULATED data: ${training.length} patches to train on, ${test.length} to test on`);

const { classes, bands, scaling } = training.info;
const source = await createLoader(training, {
  batchSize: 12,
  shuffle: true,
  seed: 1,
  size,
  scaling,
  augment: dihedral,
});
const held = await createLoader(test, { batchSize: 12, size, scaling });

const model = scaledWRN({ preset: 'B0', bands, classes, inputSize: size[0], seed: 1 });
const { history } = await train({ model, train: source, epochs: 3, learningRate: 2e-3, seed: 1 });
assert.ok(history.at(-1).trainLoss < history[0].trainLoss, 'training reduced the loss');

const report = await evaluate(model, held);
console.log(
  `test macro F1 ${report.metrics.macro.f1.toFixed(3)}, micro F1 ${report.metrics.micro.f1.toFixed(3)} (SIMULATED)`,
);

for await (const { images, imageShape } of held.epoch(0)) {
  const maps = gradCam(model, tensor4d(images, imageShape), { classIndex: 'predicted' });
  console.log(`Grad-CAM maps: ${maps.shape}`);
  maps.dispose();
  break;
}

await saveModel(model, join(folder, 'model'), { format: 'safetensors' });
const again = await evaluate(await loadModel(join(folder, 'model')), held);
assert.deepEqual(again.metrics, report.metrics);
console.log('saved, loaded, and evaluated to the same numbers');

await Promise.all([source.close(), held.close()]);
await rm(folder, { recursive: true });
