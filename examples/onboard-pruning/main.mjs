// A downstream program that uses only the published API: which chips of an orbit are worth their downlink? A tiny U-Net learns
// to see clouds, becomes a file of 8-bit integers, and the file decides chip by chip as it would on board (in ONNX Runtime where
// that is installed, else as the model it was made from). Under a minute on two cores.
//
//   node main.mjs                      simulated chips
//   node main.mjs <folder> [options]   chips with masks; options of openSegmentation as JSON where the folder's layout says
//                                      too little: '{"storedBands":["B04","B03","B02","B08"],"classes":"zero-one"}'
import assert from 'node:assert/strict';
import {
  cloudMetrics,
  fingerprint,
  networkOptions,
  plainConvUnet,
  planFor,
  planLoading,
  predictClouds,
  studentWidths,
  trainUnet,
} from '@lulc/cloud-unet-kd';
import { imageScene, useEngine } from '@lulc/core';
import { exportQuantizedOnnx } from '@lulc/core/onnx';
import { createSegmentationLoader, segmentationFromArrays, subset } from '@lulc/sentinel2-data';
import { openSegmentation } from '@lulc/sentinel2-data/node';
import { bands as simulatedBands, simulatedChip } from './simulatedChips.mjs';

/** A chip with more cloud than this is not worth its downlink. */
const coverLimit = 0.4;
/** Share of the orbit's bytes that the downlink takes until the next pass. */
const budgetShare = 0.4;
const seed = 1;

const engine = await useEngine('auto');
console.log(`engine: ${engine.name} (${engine.why})`);

const [folder, options = '{}'] = process.argv.slice(2);
const { training, orbit } = folder === undefined ? simulated() : await real(folder, JSON.parse(options));
const { bands, simulated: isSimulated } = training.info;
const mark = isSimulated ? ' (SIMULATED)' : '';
console.log(`data${mark}: ${training.length} chips to train on, ${orbit.length} in orbit; bands ${bands.join(', ')}`);

// on the ground: a plan from what the chips are like, and what is otherwise here, with reasons
const plan = planFor({
  fingerprint: await fingerprint(training),
  normalization: 'dataset', // how bright a chip is must not get lost: cover is what is asked for
  overrides: [
    { field: 'patchSize', value: [64, 64], reason: 'memory on board' },
    {
      field: 'strides',
      value: [
        [1, 1],
        [2, 2],
        [2, 2],
      ],
      reason: 'a student',
    },
    { field: 'widths', value: studentWidths({ stages: 3, base: 4 }), reason: 'a student' },
    { field: 'deepSupervision', value: false, reason: 'a student' },
    { field: 'batchSize', value: 8, reason: 'a short run' },
    { field: 'epochs', value: 5, reason: 'a short run' },
    { field: 'iterations', value: 20, reason: 'a short run' },
    { field: 'learningRate', value: 5e-3, reason: 'a short run' },
  ],
});
// batch norms become part of convolutions, and ReLUs the lower end of what 8 bits hold
const model = plainConvUnet(networkOptions(plan, { norm: 'batch', activation: 'relu', seed }));
const chips = createSegmentationLoader(training, planLoading(plan, { seed }));
const { result } = await trainUnet({
  plan,
  model,
  train: chips,
  overrides: [{ field: 'optimizer', value: 'adam', reason: 'a short run' }],
  seed,
});
await chips.close();
const losses = result.history.map(({ trainLoss }) => trainLoss);
console.log(`a student of ${model.countParams()} weights: loss ${losses[0].toFixed(3)} → ${losses.at(-1).toFixed(3)}`);
assert.ok(losses.at(-1) < losses[0], 'training reduced the loss');

// for on board: ranges of values are found on training chips, then everything but the last step is in integers. Channels of
// zeros make ONNX Runtime faster on some processors and files larger; here size counts
const patches = createSegmentationLoader(training, planLoading(plan, { part: 'validation', seed }));
const calibration = patches.epoch(0);
const file = await exportQuantizedOnnx(model, { calibration, output: 'logits', batches: 6, leastChannels: 1 });
await patches.close();
console.log(`as 8-bit ONNX: ${file.bytes.byteLength} bytes, ${file.integerLayers.length} layers in integers`);
assert.ok(file.bytes.byteLength < 4 * model.countParams(), 'the file is smaller than the weights in floats');

// on board
const session = await openSession(file.bytes);
console.log(
  session ? 'the file decides, in ONNX Runtime' : 'ONNX Runtime is not installed: the model decides in floats',
);
const judged = [];
for (let index = 0; index < orbit.length; index++) {
  const { image, mask, meta } = await orbit.get(index);
  const float = await cloudsIn(image, model);
  const onBoard = session ? await cloudsIn(image, session.predict) : float;
  judged.push({ id: meta.id, mask, bytes: image.data.byteLength, float, ...onBoard });
}
await session?.release();

// the clearest first, as long as the downlink lasts
const worth = judged.filter(({ cover }) => cover <= coverLimit).sort((a, b) => a.cover - b.cover);
const all = sum(judged, ({ bytes }) => bytes);
let left = budgetShare * all;
const sent = worth.filter(({ bytes }) => {
  left -= bytes;
  return left >= 0;
});
const dropped = judged.length - worth.length;
const percent = (share) => `${(100 * share).toFixed(1)} %`;
for (const { id, cover } of sent) console.log(`  sent: chip ${id}, ${percent(cover)} cloud${mark}`);
console.log(`${sent.length} sent, ${worth.length - sent.length} wait for the next pass, ${dropped} dropped`);
const bytesSent = sum(sent, ({ bytes }) => bytes);
console.log(`${all - bytesSent} of ${all} bytes saved`);
assert.ok(sent.length > 0 && dropped > 0, 'some chips are sent and some are not');

// afterwards, with the truth at hand
const metrics = cloudMetrics({ coverThresholds: [coverLimit] });
for (const { id, mask, predicted } of judged) {
  metrics.update({ id, shape: mask.shape, truth: mask.data, predicted });
}
const { micro, cover } = metrics.report();
const [{ clearKept, clearDropped, cloudyKept, cloudyDropped, accuracy }] = cover.decisions;
console.log(
  `Jaccard index ${micro.jaccard.toFixed(3)}, mean error of the cover ${percent(cover.meanAbsoluteError)}${mark}`,
);
console.log(
  `wrong: ${clearDropped} clear chips dropped, ${cloudyKept} cloudy ones kept; ${percent(accuracy)} right${mark}`,
);
const kept = (clearKept + cloudyKept) / cover.chips;
const clear = (clearKept + clearDropped) / cover.chips;
const atRandom = kept * clear + (1 - kept) * (1 - clear);
console.log(`as many kept at random: ${percent(atRandom)} right; ${cloudyDropped} cloudy chips stayed on board${mark}`);
assert.ok(accuracy > atRandom + 0.1, 'decisions are better than chance');

if (session) {
  const agreeing = judged.map(({ predicted, float }) => predicted.filter((value, i) => value === float.predicted[i]));
  const share = sum(agreeing, ({ length }) => length) / sum(judged, ({ predicted }) => predicted.length);
  console.log(`integers and floats agree on ${percent(share)} of the pixels${mark}`);
  assert.ok(share > 0.97, '8 bits hardly change the mask');
}

/** Cloud mask of a chip, and the share of its pixels with data that are cloud. */
async function cloudsIn(image, networks) {
  const predicted = new Uint8Array(image.shape[0] * image.shape[1]);
  const { cover } = await predictClouds(
    {
      scene: imageScene(image, { bands, nodata: 0 }),
      networks,
      normalization: plan.normalization,
      tile: plan.patchSize,
    },
    ({ top, width, mask }) => predicted.set(mask, top * width),
  );
  return { cover, predicted };
}

/** An ONNX file as a function of tiles; nothing where ONNX Runtime is not installed. */
async function openSession(bytes) {
  const runtime = await import('onnxruntime-node').catch(() => undefined);
  if (runtime === undefined) return undefined;
  const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const [[input], [output]] = [session.inputNames, session.outputNames];
  return {
    // the buffer of the tiles is used again, and other ones are longer than a last batch
    predict: async (tiles, shape) =>
      (await session.run({ [input]: new runtime.Tensor('float32', tiles.slice(), shape) }))[output].data,
    release: () => session.release(),
  };
}

function sum(list, numberOf) {
  return list.reduce((total, item) => total + numberOf(item), 0);
}

/** Simulated chips; those in orbit are other ones than those trained on. */
function simulated() {
  const part = (from, count, split) => {
    const chips = Array.from({ length: count }, (_, i) => simulatedChip(from + i, 64));
    return segmentationFromArrays({
      images: chips.map(({ image }) => image),
      masks: chips.map(({ mask }) => mask),
      classes: ['clear', 'cloud'],
      bands: simulatedBands,
      info: { name: 'simulated chips', split, simulated: true },
    });
  };
  return { training: part(0, 60, 'train'), orbit: part(60, 24, 'test') };
}

/** Chips with masks in a folder, some of them, from all over it; parts are of different scenes where these are known. */
async function real(path, given) {
  const some = async (split, most) => {
    const dataset = await openSegmentation({ ...given, path, split });
    const step = Math.max(1, dataset.length / most);
    return subset(
      dataset,
      Array.from({ length: Math.min(most, dataset.length) }, (_, i) => Math.floor(i * step)),
    );
  };
  return { training: await some('train', 200), orbit: await some('test', 60) };
}
