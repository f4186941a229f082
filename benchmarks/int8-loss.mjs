/**
 * What 8 bits cost a student trained on `l8-biome` in LULC_DATA: Jaccard index of cloud on the patches it was not trained on, in
 * floating point and for each way of finding the ranges of activations.
 *
 *     npm run build && node benchmarks/int8-loss.mjs [activations] [steps of training] [seeds]
 *     node benchmarks/int8-loss.mjs relu,leaky-relu 240 1,2,3
 */
import { join } from 'node:path';
import { studentUnet } from '@lulc/cloud-unet-kd';
import { useEngine } from '@lulc/core';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import { compareSegmenters, trainSegmenter } from '@lulc/core/segmentation';
import { nnUNetViews } from '@lulc/core/views';
import { createSegmentationLoader, openSegmentation } from '@lulc/sentinel2-data/node';
import * as ort from 'onnxruntime-node';

const [activations = 'relu,leaky-relu', steps = '240', seeds = '1'] = process.argv.slice(2);
const path = join(process.env.LULC_DATA ?? '../shared/data', 'l8-biome');
const storedBands = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'cirrus', 'thermal'];
const bands = storedBands.slice(0, 4);
const scaling = { name: 'l8-biome', mean: bands.map(() => 4200), std: bands.map(() => 3300) };
const epochs = 6;

const engine = await useEngine('auto');
console.log(`${engine.name} (${engine.version})`);
const open = (split) => openSegmentation({ path, split, classes: 'l8-binary', storedBands, bands });
const [train, ...held] = await Promise.all(['train', 'val', 'test'].map(open));
const crops = (size, batchSize, iterations, seed) =>
  createSegmentationLoader(train, {
    batchSize,
    seed,
    scaling,
    view: nnUNetViews({ size: [size, size] }),
    sampling: { iterations },
  });

/** The segmenter of a file, for comparing. Batches may lie in shared memory, which the runtime does not take. */
async function inRuntime(bytes) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return async ({ images, imageShape }) => {
    const outputs = await session.run({
      [session.inputNames[0]]: new ort.Tensor('float32', images.slice(), imageShape),
    });
    return outputs[session.outputNames[0]].data;
  };
}

async function trained(activation, seed) {
  const options = { norm: 'batch', activation, bands, classes: ['clear', 'cloud'], seed };
  const small = studentUnet({ ...options, inputSize: 64 });
  const source = crops(64, 8, Math.ceil(Number(steps) / epochs), seed);
  await trainSegmenter({ model: small, train: source, loss: 'dice-ce', epochs, learningRate: 3e-3, seed });
  await source.close();
  const model = studentUnet({ ...options, inputSize: 256 });
  model.setWeights(small.getWeights());
  small.dispose();
  return model;
}

const ways = {
  float32: undefined,
  'min-max': { method: 'min-max' },
  'least square error': { method: 'mse' },
  'percentile 99.99': { method: { percentile: 0.9999 } },
  'int8 activations': { activations: 'int8' },
  '7-bit weights': { weightBits: 7 },
};

const rows = [];
for (const activation of activations.split(',')) {
  for (const seed of seeds.split(',').map(Number)) {
    const model = await trained(activation, seed);
    for (const [name, way] of Object.entries(ways)) {
      const calibration = crops(256, 2, 15, 99);
      const bytes =
        way === undefined
          ? await exportOnnx(model)
          : (await exportQuantizedOnnx(model, { calibration: calibration.epoch(0), ...way })).bytes;
      await calibration.close();
      const predict = await inRuntime(bytes);
      for (const part of held) {
        const source = createSegmentationLoader(part, { batchSize: 1, scaling });
        const { agreement, maxDifference, jaccard } = await compareSegmenters(model, predict, source);
        await source.close();
        const [, cloud] = jaccard;
        rows.push({
          activation,
          seed,
          ranges: name,
          part: part.info.split,
          'agreement %': Number((100 * agreement).toFixed(2)),
          'largest difference': Number(maxDifference.toFixed(3)),
          'Jaccard %': Number((100 * cloud.quantized).toFixed(2)),
          'change %': Number((100 * cloud.delta).toFixed(2)),
        });
      }
    }
    model.dispose();
  }
}
console.table(rows);
