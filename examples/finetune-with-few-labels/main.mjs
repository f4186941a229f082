// A downstream program that uses only the published API: a network is pre-trained on images without labels (GLCNet),
// fine-tuned with the labels of a twentieth of the images and compared with the same network from random weights; then a
// whole image is mapped, and the model saved and loaded. Under a minute on two cores.
//
//   node main.mjs                      simulated landscapes
//   node main.mjs <folder> [options]   images with masks; options of openSegmentation as JSON where the folder's layout says
//                                      too little: '{"storedBands":"rgbn","classes":{"water":1,"land":2},"ignore":0}'
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { glcNet, pretrain } from '@lulc/contrastive-ssl';
import { createCard, image, loadModel, saveModel, transferWeights, useEngine, writeCard } from '@lulc/core';
import {
  colourMask,
  deepLabV3Plus,
  denseNetwork,
  evaluateSegmenter,
  predictMask,
  segmenter,
  trainSegmenter,
} from '@lulc/core/segmentation';
import { dihedralRecipe, glcNetViews } from '@lulc/core/views';
import {
  computeStatistics,
  corineClasses,
  createSegmentationLoader,
  createViewLoader,
  labelFraction,
  locationGroups,
  segmentationFromArrays,
  subset,
} from '@lulc/sentinel2-data';
import { openDataset, openImages, openSegmentation, simulateLandscape } from '@lulc/sentinel2-data/node';
import { wrnBackbone } from '@lulc/wrn-eca';

const engine = await useEngine('auto');
console.log(`engine: ${engine.name} (${engine.why})`);

const [path, options = '{}'] = process.argv.slice(2);
const work = await mkdtemp(join(tmpdir(), 'lulc-example-'));
const { train, test, locations } = path === undefined ? await simulated() : await real(path, JSON.parse(options));
const { bands, classes } = train.info;
const mark = train.info.simulated ? ' (SIMULATED)' : '';
console.log(
  `data${mark}: ${train.length} images to train on, ${test.length} to test on; classes ${classes.join(', ')}`,
);

// one network for all: an encoder with a decoder that gives a dense map
const seed = 1;
const size = [32, 32];
const scaling = await computeStatistics(train, { samples: 40 });
const network = () => {
  const input = image({ shape: [...size, bands.length], seed });
  return denseNetwork(wrnBackbone(input, { preset: 'B0', dropout: 0 }), deepLabV3Plus({ width: 16, rates: [1, 2] }));
};

// without labels
const views = createViewLoader(train, {
  batchSize: 12,
  shuffle: true,
  seed,
  scaling,
  views: glcNetViews({ size, bands: bands.length, visible: [2, 1, 0] }),
});
const pretrained = await pretrain({
  method: glcNet({ regions: 2 }),
  network,
  train: views,
  epochs: 3,
  learningRate: 1e-3,
  optimizer: 'adam',
  health: { images: 24 },
  validateEvery: 3,
  seed,
});
const [first, last] = [pretrained.history[0], pretrained.history.at(-1)];
console.log(`pre-training loss ${first.trainLoss.toFixed(3)} → ${last.trainLoss.toFixed(3)}`);
assert.ok(last.trainLoss < first.trainLoss, 'pre-training reduced the loss');
assert.ok(!pretrained.collapsed, 'the embeddings have not collapsed');

// with few labels, spread over the locations
const few = subset(train, labelFraction(locations, 0.05, seed));
const held = createSegmentationLoader(test, { batchSize: 12, scaling, size });

async function fineTuned(model) {
  // the few images come several times in an epoch, each time turned or mirrored otherwise
  const rows = Array.from({ length: 24 }, (_, i) => i % few.length);
  const batches = createSegmentationLoader(subset(few, rows), {
    batchSize: 8,
    shuffle: true,
    seed,
    scaling,
    view: dihedralRecipe(size),
  });
  const { history } = await trainSegmenter({ model, train: batches, epochs: 5, learningRate: 3e-3, seed });
  await batches.close();
  assert.ok(history.at(-1).trainLoss < history[0].trainLoss, 'training reduced the loss');
  return (await evaluateSegmenter(model, held)).metrics;
}

const model = segmenter(network(), { classes: classes.length });
const { loaded, missing } = await transferWeights(pretrained.model, model);
console.log(`${loaded.length} weights taken over; new are ${missing.join(', ')}`);
const scores = {
  'pre-trained': await fineTuned(model),
  'random weights': await fineTuned(segmenter(network(), { classes: classes.length })),
};
for (const [name, { overallAccuracy, kappa, meanIou }] of Object.entries(scores)) {
  assert.ok([overallAccuracy, kappa, meanIou].every(Number.isFinite), 'scores are numbers');
  const percent = [overallAccuracy, kappa, meanIou].map((value) => (100 * value).toFixed(1));
  console.log(`${name}: OA ${percent[0]} %, kappa ${percent[1]}, mIoU ${percent[2]}; ${few.length} labels${mark}`);
}

// a map of a whole image, of any size
const { image: pixels } = await test.get(0);
const scaled = Float32Array.from(pixels.data, (value, i) => {
  const band = i % bands.length;
  return (value - scaling.mean[band]) / scaling.std[band];
});
const map = await predictMask({ network: model, image: { data: scaled, shape: pixels.shape } });
assert.deepEqual(map.shape, pixels.shape.slice(0, 2));
const palette = classes.map((_, i) => [70, 150, 220].map((base, c) => (base + 97 * (i + 1) * (c + 1)) % 256));
const file = join(work, 'map.png');
await writeFile(file, png(colourMask(map, palette), map.shape));
console.log(`mapped ${map.shape.join(' x ')} pixels into ${basename(file)}${mark}`);

// with a card, whoever loads the model knows what it was made for
writeCard(
  model,
  createCard({
    family: 'segmentation-example',
    configuration: { encoder: 'wrn-b0-eca', decoder: 'deeplabv3plus', width: 16 },
    task: 'segmentation',
    classes,
    bands,
    inputSize: size,
    scaling,
    training: {
      dataset: train.info.name,
      simulated: train.info.simulated,
      seed,
      engine: `${engine.name} ${engine.version}`,
      epochs: 5,
      date: new Date().toISOString(),
      libraryVersion: '0.0.0',
    },
  }),
);
await saveModel(model, join(work, 'model'), { format: 'safetensors' });
const again = await evaluateSegmenter(await loadModel(join(work, 'model')), held);
assert.deepEqual(again.metrics, scores['pre-trained']);
console.log('saved, loaded, and evaluated to the same numbers');

await Promise.all([views.close(), held.close()]);
await rm(work, { recursive: true });

/** Simulated landscapes; their reference maps of CORINE codes are the masks. */
async function simulated() {
  const names = ['Urban fabric', 'Arable land', 'Coniferous forest', 'Inland waters'];
  const out = join(work, 'landscapes');
  const stored = ['B02', 'B03', 'B04', 'B08'];
  await simulateLandscape({ out, patches: 100, seed: 3, bands: stored, classes: names });
  const maps = await openImages({ path: join(out, 'Reference_Maps') });
  const places = new Map(
    Array.from({ length: maps.length }, (_, i) => [basename(maps.meta(i).id).replace(/_reference_map.*/, ''), i]),
  );
  const classOf = new Map(corineClasses.map(({ code, nineteen }) => [code, names.indexOf(nineteen)]));
  const part = async (split) => {
    const { info, length, get } = await openDataset({ path: out, split, bands: stored });
    const samples = await Promise.all(Array.from({ length }, (_, i) => get(i)));
    const codes = await Promise.all(samples.map(({ meta }) => maps.get(places.get(meta.id))));
    const dataset = segmentationFromArrays({
      images: samples.map(({ image }) => image),
      masks: codes.map(({ image: { data, shape } }) => ({
        data: Uint8Array.from(data, (code) => classOf.get(code)),
        shape: shape.slice(0, 2),
      })),
      classes: names,
      bands: stored,
      info: { name: info.name, split, simulated: info.simulated },
    });
    return { dataset, locations: samples.map(({ meta }) => meta.group) };
  };
  const [training, testing] = [await part('train'), await part('test')];
  return { train: training.dataset, test: testing.dataset, locations: training.locations };
}

/** Images with masks in a folder. */
async function real(folder, given) {
  const [training, testing] = await Promise.all(
    ['train', 'test'].map((split) => openSegmentation({ ...given, path: folder, split })),
  );
  return { train: training, test: testing, locations: locationGroups(training) };
}

/** A PNG of `height · width` pixels of red, green, blue and opacity. */
function png(data, [height, width]) {
  const chunk = (type, body) => {
    const named = Buffer.concat([Buffer.from(type), body]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    check.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8);
  const rows = Array.from({ length: height }, (_, y) => [0, ...data.subarray(4 * width * y, 4 * width * (y + 1))]);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
