/**
 * The figures of docs/clouds.md, from SIMULATED chips; they show what things look like and measure nothing that holds for real
 * imagery.
 *
 *     npm run build && node docs/figures/make-clouds-figures.mjs [normalization] [maps]
 *
 * Without names both are made. Writes docs/figures/clouds-<name>.png.
 */
import {
  cacheTeacherMaps,
  crossValidation,
  distill,
  fingerprint,
  memoryTeacherMaps,
  normalizationFor,
  outOfFold,
  planFor,
  planLoading,
  predictClouds,
  scoreNetworks,
  splitIndices,
  studentUnet,
  trainUnet,
  withSoftTargets,
} from '@lulc/cloud-unet-kd';
import { imageScene, normalizeImage, resolveNormalization, useEngine } from '@lulc/core';
import { createSegmentationLoader, segmentationFromArrays, subset } from '@lulc/sentinel2-data';
import { bands, simulatedChip } from '../../examples/onboard-pruning/simulatedChips.mjs';
import { dataUri, embed, text, writeFigure } from './drawing.mjs';

const asked = process.argv.slice(2);
const wants = (name) => asked.length === 0 || asked.includes(name);

const seed = 1;
const size = 64;
const [side, gap] = [150, 14];
const at = (i) => gap + i * (side + gap);
const classes = ['clear', 'cloud'];

function simulated(from, count) {
  const chips = Array.from({ length: count }, (_, i) => simulatedChip(from + i, size));
  const dataset = segmentationFromArrays({
    images: chips.map(({ image }) => image),
    masks: chips.map(({ mask }) => mask),
    classes,
    bands,
    info: { name: 'simulated chips', simulated: true },
  });
  return { chips, dataset };
}

const coverOf = ({ data }) => data.filter((value) => value === 1).length / data.length;

/** The chips whose covers come nearest to those wanted. */
function chipsOf(chips, covers) {
  return covers.map((wanted) => {
    const off = chips.map(({ mask }) => Math.abs(coverOf(mask) - wanted));
    return chips[off.indexOf(Math.min(...off))];
  });
}

/** Red, green and blue of an image, black and white at the given values. */
function picture(values, bandCount, [black, white]) {
  const rgb = Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const value = values[Math.floor(i / 3) * bandCount + (i % 3)];
    return 255 * Math.min(1, Math.max(0, (value - black) / (white - black)));
  });
  return dataUri(rgb, [size, size], 3, 'cubic');
}

const stored = ({ image }) => picture(image.data, bands.length, [0, 7500]);

/** One value per pixel as grey, 0 black and 1 white. */
const grey = (values) =>
  picture(
    Float32Array.from({ length: 3 * values.length }, (_, i) => values[Math.floor(i / 3)]),
    3,
    [0, 1],
  );

async function drawNormalization({ chips, dataset }) {
  const looked = await fingerprint(dataset);
  const shown = chipsOf(chips, [0, 0.5, 1]);
  const rows = [
    ['as stored', stored],
    ...['image-z-score', 'dataset'].map((name) => {
      const normalization = normalizationFor(looked, name);
      const draw = ({ image }) =>
        picture(normalizeImage(image, resolveNormalization(normalization, image)), bands.length, [-2, 2]);
      return [name, draw];
    }),
  ];
  const [left, top] = [110, 40];
  const parts = await Promise.all(
    rows.map(async ([name, draw], row) => {
      const y = top + row * (side + gap);
      const pictures = await Promise.all(shown.map(draw));
      return [text(gap, y + side / 2, name), ...pictures.map((uri, column) => embed(uri, left + at(column), y, side))];
    }),
  );
  await writeFigure('clouds-normalization', left + at(3), top + 3 * (side + gap) + 28, [
    ...shown.map(({ mask }, i) => text(left + at(i), 26, `${(100 * coverOf(mask)).toFixed(0)} % cloud`)),
    ...parts.flat(),
    text(
      gap,
      top + 3 * (side + gap) + 14,
      'SIMULATED chips; −2 is black and 2 is white after normalisation',
      'font-size="13"',
    ),
  ]);
}

/** Two folds of a teacher, and the student that they teach. */
async function train({ dataset }, test) {
  const reason = 'a figure';
  const plan = planFor({
    fingerprint: await fingerprint(dataset),
    normalization: 'dataset',
    overrides: [
      {
        field: 'strides',
        value: [
          [1, 1],
          [2, 2],
          [2, 2],
          [2, 2],
        ],
        reason,
      },
      { field: 'widths', value: [16, 32, 64, 128], reason },
      { field: 'batchSize', value: 8, reason },
      { field: 'epochs', value: 6, reason },
      { field: 'iterations', value: 20, reason },
      { field: 'learningRate', value: 3e-3, reason },
    ],
  });
  const ids = Array.from({ length: dataset.length }, (_, i) => String(i));
  const splits = crossValidation({ cases: ids.map((id) => ({ id })), folds: 2 });
  const overrides = [{ field: 'optimizer', value: 'adam', reason }];
  const teacher = [];
  for (const [fold, split] of splits.entries()) {
    const source = createSegmentationLoader(
      subset(dataset, splitIndices(ids, split).train),
      planLoading(plan, { seed: fold }),
    );
    const { model, result } = await trainUnet({ plan, train: source, overrides, seed: fold });
    await source.close();
    console.log(`fold ${fold}: loss ${result.history.at(-1).trainLoss}`);
    teacher.push(model);
  }
  const maps = memoryTeacherMaps();
  const { normalization } = plan;
  await cacheTeacherMaps({ dataset, networks: teacher, foldOf: outOfFold(splits), normalization, store: maps });
  const taught = createSegmentationLoader(withSoftTargets(dataset, maps), planLoading(plan, { seed }));
  const whole = createSegmentationLoader(test.dataset, { batchSize: 4, normalization });
  const { models, rows } = await distill({
    student: () =>
      studentUnet({ stages: 3, base: 4, norm: 'batch', activation: 'relu', inputSize: size, bands, classes, seed }),
    teacher: await scoreNetworks({ networks: teacher, source: whole }),
    train: taught,
    test: whole,
    epochs: 6,
    learningRate: 5e-3,
    seed,
  });
  await Promise.all([taught.close(), whole.close()]);
  for (const { name, parameters, jaccard } of rows) console.log(name, parameters, jaccard);
  return { teacher, student: models.distilled, normalization, rows };
}

async function drawMaps(test, { teacher, student, normalization, rows }) {
  const shown = chipsOf(test.chips, [0.05, 0.3, 0.55, 0.8]);
  const mapped = async ({ image }, networks) => {
    const map = { probability: new Float32Array(size * size), mask: new Uint8Array(size * size) };
    await predictClouds({ scene: imageScene(image, { bands }), networks, normalization }, (strip) => {
      map.probability.set(strip.probability, strip.top * size);
      map.mask.set(strip.mask, strip.top * size);
    });
    return map;
  };
  const [top, weights] = [60, rows.map(({ parameters }) => parameters.toLocaleString('en'))];
  const titles = [
    ['chip'],
    ['truth'],
    ['teacher', 'probability'],
    ['teacher', `2 × ${weights[0]} weights`],
    ['student', `${weights[1]} weights`],
  ];
  const parts = [];
  for (const [row, chip] of shown.entries()) {
    const [taught, small] = [await mapped(chip, teacher), await mapped(chip, student)];
    const pictures = await Promise.all([
      stored(chip),
      ...[chip.mask.data, taught.probability, taught.mask, small.mask].map(grey),
    ]);
    parts.push(...pictures.map((uri, column) => embed(uri, at(column), top + row * (side + gap), side)));
  }
  const bottom = top + shown.length * (side + gap);
  await writeFigure('clouds-maps', at(5), bottom + 28, [
    ...titles.flatMap((lines, i) => lines.map((line, l) => text(at(i), 26 + 20 * l, line))),
    ...parts,
    text(
      gap,
      bottom + 14,
      `SIMULATED chips that were not trained on, one run; masks at probability 0.5`,
      'font-size="13"',
    ),
  ]);
}

const engine = await useEngine('auto');
console.log(`engine: ${engine.name}`);
if (wants('normalization')) await drawNormalization(simulated(1000, 200));
if (wants('maps')) {
  const test = simulated(60, 40);
  await drawMaps(test, await train(simulated(0, 60), test));
}
