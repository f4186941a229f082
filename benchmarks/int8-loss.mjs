/**
 * What 8 bits cost students on `l8-biome` in LULC_DATA: Jaccard index of cloud on patches they were not trained on, in floating point
 * and for each way of finding numbers. Students are trained here, or taken from the folders of `lulc clouds distill`.
 *
 *     npm run build && node benchmarks/int8-loss.mjs [activations, or folders of saved models] [steps of training] [seeds]
 *     node benchmarks/int8-loss.mjs relu,leaky-relu 240 1,2,3
 *     node benchmarks/int8-loss.mjs runs/clouds/seed-1/student/model,runs/clouds/seed-2/student/model
 */
import { join } from 'node:path';
import { studentUnet } from '@lulc/cloud-unet-kd';
import { fixedNormalization, loadModel, readCard, useEngine } from '@lulc/core';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import { compareSegmenters, trainSegmenter } from '@lulc/core/segmentation';
import { nnUNetViews } from '@lulc/core/views';
import { subset } from '@lulc/sentinel2-data';
import { createSegmentationLoader, openSegmentation } from '@lulc/sentinel2-data/node';
import * as ort from 'onnxruntime-node';

const [students = 'relu,leaky-relu', steps = '240', seeds = '1'] = process.argv.slice(2);
const path = join(process.env.LULC_DATA ?? '../shared/data', 'l8-biome');
const storedBands = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'cirrus', 'thermal'];
const firstBands = storedBands.slice(0, 4);
const ownScaling = { name: 'l8-biome', mean: firstBands.map(() => 4200), std: firstBands.map(() => 3300) };
const epochs = 6;
const calibrationImages = 32;

const engine = await useEngine('auto');
console.log(`${engine.name} (${engine.version})`);

/** A part of the patches, in windows as large as a network's images. */
const open = (split, bands, window) =>
  openSegmentation({
    path,
    split,
    classes: 'l8-binary',
    storedBands,
    bands,
    ...(window < 256 && { window: { size: [window, window] } }),
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
  const options = { norm: 'batch', activation, bands: firstBands, classes: ['clear', 'cloud'], seed };
  const small = studentUnet({ ...options, inputSize: 64 });
  const source = createSegmentationLoader(await open('train', firstBands, 256), {
    batchSize: 8,
    seed,
    scaling: ownScaling,
    view: nnUNetViews({ size: [64, 64] }),
    sampling: { iterations: Math.ceil(Number(steps) / epochs) },
  });
  await trainSegmenter({ model: small, train: source, loss: 'dice-ce', epochs, learningRate: 3e-3, seed });
  await source.close();
  const model = studentUnet({ ...options, inputSize: 256 });
  model.setWeights(small.getWeights());
  small.dispose();
  const name = `${activation}, seed ${seed}`;
  return { name, model, bands: firstBands, side: 256, normalization: fixedNormalization(ownScaling) };
}

async function saved(folder) {
  const model = await loadModel(folder);
  const { bands, inputSize, normalization, scaling } = readCard(model);
  return {
    name: folder,
    model,
    bands,
    side: inputSize[0],
    normalization: normalization ?? fixedNormalization(scaling),
  };
}

async function* allStudents() {
  for (const student of students.split(',')) {
    if (student !== 'relu' && student !== 'leaky-relu') yield await saved(student);
    else for (const seed of seeds.split(',').map(Number)) yield await trained(student, seed);
  }
}

const ways = {
  'least square error': {},
  entropy: { method: 'entropy' },
  'percentile 99.99': { method: { percentile: 0.9999 } },
  'min-max': { method: 'min-max' },
  'int8 activations': { activations: 'int8' },
  '7-bit weights': { weightBits: 7 },
};
const runs = [
  ['float32', undefined],
  ...Object.entries(ways),
  ...Object.entries(ways).map(([name, way]) => [`${name}, biases as they were`, { ...way, correctBias: false }]),
];

const rows = [];
for await (const { name, model, bands, side, normalization } of allStudents()) {
  const train = await open('train', bands, side);
  const step = Math.max(1, train.length / calibrationImages);
  const taken = Array.from({ length: Math.min(calibrationImages, train.length) }, (_, i) => Math.floor(i * step));
  const calibration = createSegmentationLoader(subset(train, taken), { batchSize: 1, normalization });
  for (const [ranges, way] of runs) {
    const options = { calibration: calibration.epoch(0), batches: taken.length, ...way };
    const bytes = way === undefined ? await exportOnnx(model) : (await exportQuantizedOnnx(model, options)).bytes;
    const predict = await inRuntime(bytes);
    const source = createSegmentationLoader(await open('test', bands, side), { batchSize: 1, normalization });
    const { agreement, meanDifference, jaccard } = await compareSegmenters(model, predict, source);
    await source.close();
    const [, cloud] = jaccard;
    rows.push({
      student: name,
      ranges,
      bytes: bytes.byteLength,
      agreement,
      difference: meanDifference,
      jaccard: cloud.quantized,
      change: cloud.delta,
    });
  }
  await calibration.close();
  model.dispose();
}

console.table(
  rows.map(({ agreement, difference, jaccard, change, ...row }) => ({
    ...row,
    'agreement %': Number((100 * agreement).toFixed(2)),
    'mean difference': Number(difference.toFixed(5)),
    Jaccard: Number(jaccard.toFixed(4)),
    change: Number(change.toFixed(4)),
  })),
);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log('over all students');
console.table(
  runs.map(([ranges]) => {
    const same = rows.filter((row) => row.ranges === ranges);
    return {
      ranges,
      'agreement %': Number((100 * mean(same.map(({ agreement }) => agreement))).toFixed(3)),
      'mean difference': Number(mean(same.map(({ difference }) => difference)).toFixed(5)),
      'mean change': Number(mean(same.map(({ change }) => change)).toFixed(5)),
      'worst change': Number(Math.min(...same.map(({ change }) => change)).toFixed(4)),
    };
  }),
);
