/**
 * The figures of docs/pretraining.md, from SIMULATED landscapes; they show what things look like and measure nothing that
 * holds for real imagery. One network is pre-trained for a short time and fine-tuned with few labels, beside one that
 * starts from random weights.
 *
 *     npm run build && node docs/figures/make-pretraining-figures.mjs [views] [embeddings] [maps]
 *
 * Without names all three are made. Writes docs/figures/pretraining-<name>.png.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawRegions, glcNet, glcNetRecipe, nearestNeighbours, pretrain, probeScore } from '@lulc/contrastive-ssl';
import {
  batchNorm,
  conv2d,
  feature,
  image as imageInput,
  pipe,
  random,
  relu,
  residual,
  scope,
  transferWeights,
  useEngine,
} from '@lulc/core';
import {
  colourMask,
  deepLabV3Plus,
  denseNetwork,
  evaluateSegmenter,
  predictMaskBatches,
  segmenter,
  trainSegmenter,
} from '@lulc/core/segmentation';
import {
  dihedralRecipe,
  drawViews,
  glcNetViews,
  identityRecipe,
  mapPoint,
  renderMask,
  renderView,
} from '@lulc/core/views';
import {
  computeStatistics,
  createSegmentationLoader,
  createViewLoader,
  labelFraction,
  locationGroups,
  segmentationFromArrays,
  subset,
} from '@lulc/sentinel2-data';
import { openDataset, simulateLandscape } from '@lulc/sentinel2-data/node';
import { mean, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { fromArrayBuffer } from 'geotiff';
import { dataUri, embed, text, writeFigure } from './drawing.mjs';

const asked = process.argv.slice(2);
const wants = (name) => asked.length === 0 || asked.includes(name);

const seed = 1;
const bands = ['B04', 'B03', 'B02', 'B08'];
const inputSize = 60;
const size = [inputSize, inputSize];
/** A small network, so that it trains quickly: a stage for each of strides 2, 4 and 8, and DeepLabv3+'s decoder. */
function network() {
  const stage = (name, filters) =>
    scope(
      name,
      pipe(
        conv2d({ filters, kernelSize: 3, stride: 2 }),
        batchNorm(),
        relu(),
        residual(pipe(conv2d({ filters, kernelSize: 3 }), batchNorm())),
        relu(),
      ),
    );
  const input = imageInput({ shape: [...size, bands.length], seed });
  const features = [];
  for (const [i, filters] of [16, 32, 64].entries()) {
    features.push(feature(stage(`stage${i + 1}`, filters)(features.at(-1)?.tensor ?? input), 2 ** (i + 1)));
  }
  const backbone = { name: 'small', input, output: features[2].tensor, features };
  return denseNetwork(backbone, deepLabV3Plus({ width: 32, rates: [1, 2, 3] }));
}

/** The first level of CORINE, by the first digit of its codes. */
const classes = ['Artificial', 'Agriculture', 'Forest, shrub', 'Wetland', 'Water'];
const colours = ['#c0392b', '#e1b12c', '#2e7d32', '#8e6bbf', '#2f7fc1'];
const regionColours = ['#ffd400', '#ff4fd8', '#00e5ff', '#ff7a00'];

// data

async function simulated(folder) {
  await simulateLandscape({ out: folder, patches: 200, seed, bands });
  const open = async (split) => {
    const images = await openDataset({ path: folder, split, bands });
    const samples = await Promise.all(Array.from({ length: images.length }, (_, i) => images.get(i)));
    const masks = await Promise.all(samples.map(({ meta }) => levelOne(folder, meta)));
    const arrays = samples.map(({ image }) => image);
    const { simulated: made, name } = images.info;
    const dataset = segmentationFromArrays({ images: arrays, masks, classes, bands, info: { simulated: made, name } });
    return { images, masks, arrays, dataset };
  };
  return { training: await open('train'), test: await open('test') };
}

async function levelOne(folder, { id, group }) {
  const bytes = await readFile(join(folder, 'Reference_Maps', String(group), id, `${id}_reference_map.tif`));
  const image = await (await fromArrayBuffer(new Uint8Array(bytes).buffer)).getImage();
  const [codes] = await image.readRasters();
  return {
    data: Uint8Array.from(codes, (code) => Math.floor(code / 100) - 1),
    shape: [image.getHeight(), image.getWidth()],
  };
}

// drawing

/** PNG of red, green and blue between the values that 2 % and 98 % of the image's pixels lie below. */
async function picture({ data, shape: [height, width, channels] }, limits, scale) {
  const rgb = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [black, white] = limits[i % 3];
    return 255 * Math.min(1, Math.max(0, (data[Math.floor(i / 3) * channels + (i % 3)] - black) / (white - black)));
  });
  return dataUri(rgb, [height, width], scale, 'cubic');
}

function stretch({ data, shape: [height, width, channels] }) {
  return [0, 1, 2].map((band) => {
    const values = Float32Array.from({ length: height * width }, (_, i) => data[i * channels + band]).sort();
    return [values[Math.floor(0.02 * values.length)], values[Math.floor(0.98 * values.length)]];
  });
}

const rgbOf = (hex) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));

const mapPicture = (mask, scale) => dataUri(colourMask(mask, colours.map(rgbOf)), mask.shape, scale, 'nearest');

const legend = (x, y) =>
  classes
    .map((name, i) => {
      const at = x + 150 * i;
      return `<rect x="${at}" y="${y - 11}" width="12" height="12" fill="${colours[i]}"/>${text(at + 18, y, name)}`;
    })
    .join('');

const write = (name, width, height, parts) => writeFigure(`pretraining-${name}`, width, height, parts);

// figures

/** An image, GLCNet's two views of it, and the regions that are matched. */
async function drawViewsFigure({ test }, scaling) {
  const image = test.arrays[test.masks.findIndex(({ data }) => new Set(data).size > 2)];
  const viewSize = [112, 112];
  const share = 48 / 224;
  const stream = random(seed, 0, 5);
  const views = drawViews(glcNetViews({ size: viewSize, bands: bands.length }), image.shape, stream);
  const region = [share * viewSize[0], share * viewSize[1]];
  const pairs = drawRegions(
    views.map(({ affine }) => ({ affine, size: viewSize, region })),
    4,
    stream,
  );
  const rendered = [drawViews([identityRecipe([120, 120])], image.shape, stream)[0], ...views].map((view) => {
    const data = new Float32Array(view.size[0] * view.size[1] * bands.length);
    renderView(image, view, scaling, data);
    return { data, shape: [...view.size, bands.length] };
  });
  const limits = stretch(rendered[0]);
  const pictures = await Promise.all(rendered.map((view) => picture(view, limits, 3)));
  const [side, gap, top] = [300, 20, 40];
  const left = (i) => gap + i * (side + gap);
  const square = ([x, y]) => {
    const [h, w] = region.map((length) => length / 2);
    return [
      [x - w, y - h],
      [x + w, y - h],
      [x + w, y + h],
      [x - w, y + h],
    ];
  };
  const polygon = (points, panel, pixels, colour, dash = '') => {
    const at = points.map(([x, y]) => `${left(panel) + (x * side) / pixels},${top + (y * side) / pixels}`).join(' ');
    return `<polygon points="${at}" fill="none" stroke="${colour}" stroke-width="2.5" ${dash}/>`;
  };
  const number = ([x, y], panel, pixels, n) =>
    text(
      left(panel) + (x * side) / pixels,
      top + 5 + (y * side) / pixels,
      n + 1,
      `text-anchor="middle" font-weight="bold" fill="white" stroke="black" stroke-width="3" paint-order="stroke"`,
    );
  const dashes = ['', 'stroke-dasharray="6 4"'];
  const [pixels] = image.shape;
  const outlines = views.map(({ affine }, v) => {
    const corners = [
      [0, 0],
      [112, 0],
      [112, 112],
      [0, 112],
    ].map((point) => mapPoint(affine, ...point));
    return polygon(corners, 0, pixels, 'white', dashes[v]);
  });
  const boxes = pairs.flatMap((pair, n) => [
    number(mapPoint(views[0].affine, ...pair[0]), 0, pixels, n),
    ...pair.flatMap((centre, v) => [
      polygon(
        square(centre).map((point) => mapPoint(views[v].affine, ...point)),
        0,
        pixels,
        regionColours[n],
        dashes[v],
      ),
      polygon(square(centre), v + 1, viewSize[0], regionColours[n], dashes[v]),
      number(centre, v + 1, viewSize[0], n),
    ]),
  ]);
  await write('views', left(3), top + side + 40, [
    ...['image (SIMULATED)', 'view 1: cut and resized', 'view 2: also flipped, turned, recoloured'].map((line, i) =>
      text(left(i), 26, line),
    ),
    ...pictures.map((uri, i) => embed(uri, left(i), top, side)),
    ...outlines,
    ...boxes,
    text(
      gap,
      top + side + 25,
      'white: the ground of view 1 (line) and view 2 (dashes); coloured: regions that are matched, equal numbers are positives',
      'font-size="13"',
    ),
  ]);
}

/** The pre-trained network and the same with random weights. */
async function train({ training }, scaling) {
  const source = createViewLoader(training.dataset, {
    batchSize: 24,
    views: glcNetViews({ size, bands: bands.length }),
    scaling,
    shuffle: true,
    dropRemainder: true,
    seed,
  });
  const epochs = 40;
  const { model, health } = await pretrain({
    ...glcNetRecipe,
    monitor: undefined,
    epochs,
    method: glcNet(),
    network,
    train: source,
    health: { images: 96 },
    validateEvery: epochs,
    seed,
  });
  console.log('health after pre-training', health.at(-1)?.metrics);
  const { backbone, decoded } = network();
  return { random: tfModel({ inputs: backbone.input, outputs: decoded }), 'pre-trained': model };
}

/** Means of the decoded map: a vector per image. */
async function embeddingsOf(model, { dataset }, scaling) {
  const source = createViewLoader(dataset, { batchSize: 20, views: [identityRecipe(size)], scaling });
  const rows = [];
  for await (const {
    views: [{ images: pixels, imageShape }],
  } of source.epoch(0)) {
    const means = tidy(() => mean(model.predict(tensor4d(pixels, imageShape)), [1, 2]));
    rows.push(...(await means.array()));
    means.dispose();
  }
  return rows;
}

/** Coordinates along the two directions of greatest variance, by power iteration. */
function twoComponents(rows) {
  const centre = rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
  let left = rows.map((row) => row.map((value, c) => value - centre[c]));
  return [0, 1].map(() => {
    let direction = centre.map((_, c) => 1 + (c % 3));
    for (let i = 0; i < 200; i++) {
      const scores = left.map((row) => row.reduce((sum, value, c) => sum + value * direction[c], 0));
      const next = direction.map((_, c) => left.reduce((sum, row, r) => sum + row[c] * scores[r], 0));
      const length = Math.hypot(...next);
      direction = next.map((value) => value / length);
    }
    const scores = left.map((row) => row.reduce((sum, value, c) => sum + value * direction[c], 0));
    left = left.map((row, r) => row.map((value, c) => value - scores[r] * direction[c]));
    return scores;
  });
}

const dominant = ({ data }) => {
  const counts = classes.map((_, c) => data.reduce((sum, value) => sum + (value === c ? 1 : 0), 0));
  return counts.indexOf(Math.max(...counts));
};

/** Share of the test images whose five nearest training images, by cosine, have the same dominant cover. */
function probe(known, unseen, covers) {
  const matrix = (rows) => ({ values: Float64Array.from(rows.flat()), rows: rows.length, columns: rows[0].length });
  const oneHot = (list) => matrix(list.map((cover) => classes.map((_, c) => (c === cover ? 1 : 0))));
  const labels = oneHot(covers.slice(0, known.length));
  const votes = nearestNeighbours({ embeddings: matrix(known), labels }, matrix(unseen), 5);
  return probeScore(votes, oneHot(covers.slice(known.length)), 'single-label').toFixed(2);
}

/** Where images of each dominant cover lie before and after pre-training. */
async function drawEmbeddings({ test, training }, models, scaling) {
  const [side, gap, top] = [360, 30, 40];
  const covers = [...training.masks, ...test.masks].map(dominant);
  const panels = await Promise.all(
    Object.entries(models).map(async ([name, model], panel) => {
      const [known, unseen] = [await embeddingsOf(model, training, scaling), await embeddingsOf(model, test, scaling)];
      const rows = [...known, ...unseen];
      const right = probe(known, unseen, covers);
      const axes = twoComponents(rows).map((scores) => {
        const [least, most] = [Math.min(...scores), Math.max(...scores)];
        return scores.map((score) => 12 + ((side - 24) * (score - least)) / (most - least));
      });
      const left = gap + panel * (side + gap);
      const points = covers.map(
        (cover, i) =>
          `<circle cx="${left + axes[0][i]}" cy="${top + axes[1][i]}" r="4.5" fill="${colours[cover]}" fill-opacity="0.8"/>`,
      );
      return [
        text(
          left,
          26,
          `${name === 'random' ? 'before: random weights' : 'after pre-training without labels'}; 5-NN ${right}`,
        ),
        `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#999"/>`,
        ...points,
      ];
    }),
  );
  await write('embeddings', 2 * side + 3 * gap, top + side + 80, [
    ...panels.flat(),
    legend(gap, top + side + 25),
    text(
      gap,
      top + side + 48,
      'SIMULATED images, a point each, coloured by the cover of most of its pixels; two principal components.',
      'font-size="13"',
    ),
    text(
      gap,
      top + side + 67,
      '5-NN: share of the test images whose five nearest training images vote for their cover.',
      'font-size="13"',
    ),
  ]);
}

/** What the same few labels give from random and from pre-trained weights. */
async function drawMaps({ training, test }, models, scaling) {
  const few = subset(training.dataset, labelFraction(locationGroups(training.images), 0.05, seed));
  const common = { scaling, seed };
  const testSource = () => createSegmentationLoader(test.dataset, { ...common, batchSize: 20, size });
  const shown = test.masks.flatMap(({ data }, i) => (new Set(data).size > 2 ? [i] : [])).slice(0, 4);
  const columns = [];
  for (const [name, model] of Object.entries(models)) {
    const mapper = segmenter(network(), { classes: classes.length });
    await transferWeights(model, mapper);
    await trainSegmenter({
      model: mapper,
      train: createSegmentationLoader(few, {
        ...common,
        batchSize: few.length,
        shuffle: true,
        view: dihedralRecipe(size),
      }),
      epochs: 100,
      learningRate: 5e-4,
      optimizer: 'adamw',
      schedule: 'cosine',
      seed,
    });
    const { metrics } = await evaluateSegmenter(mapper, testSource());
    const maps = new Map();
    for await (const { indices, predicted } of predictMaskBatches(mapper, testSource())) {
      for (const [row, index] of indices.entries()) {
        maps.set(index, predicted.slice(row * inputSize ** 2, (row + 1) * inputSize ** 2));
      }
    }
    console.log(
      `${name}: mIoU ${metrics.meanIou}, overall accuracy ${metrics.overallAccuracy}, kappa ${metrics.kappa}`,
    );
    columns.push({ title: `${name}: mIoU ${metrics.meanIou.toFixed(2)}`, maps });
  }
  const [side, gap, top] = [150, 14, 40];
  const at = (i) => gap + i * (side + gap);
  const titles = ['image', 'truth', ...columns.map(({ title }) => title)];
  const rows = await Promise.all(
    shown.map(async (index, row) => {
      const image = test.arrays[index];
      const view = drawViews([identityRecipe(size)], image.shape, random(seed))[0];
      const truth = new Uint8Array(inputSize ** 2);
      renderMask(test.masks[index], view, truth);
      const pictures = [
        await picture(image, stretch(image), 2),
        await mapPicture({ data: truth, shape: size }, 4),
        ...(await Promise.all(columns.map(({ maps }) => mapPicture({ data: maps.get(index), shape: size }, 4)))),
      ];
      return pictures.map((uri, column) => embed(uri, at(column), top + row * (side + gap), side));
    }),
  );
  const bottom = top + shown.length * (side + gap);
  await write('maps', Math.max(at(4), gap + 150 * classes.length + 20), bottom + 56, [
    ...titles.map((line, i) => text(at(i), 26, line)),
    ...rows.flat(),
    legend(gap, bottom + 14),
    text(
      gap,
      bottom + 40,
      `SIMULATED; ${few.length} images with labels, one run each; mIoU over all ${test.dataset.length} test images`,
      'font-size="13"',
    ),
  ]);
}

const folder = await mkdtemp(join(tmpdir(), 'lulc-figures-'));
try {
  const engine = await useEngine('auto');
  console.log(`engine: ${engine.name}`);
  const data = await simulated(join(folder, 'landscape'));
  const scaling = await computeStatistics(data.training.dataset);
  if (wants('views')) await drawViewsFigure(data, scaling);
  if (wants('embeddings') || wants('maps')) {
    console.time('pre-training');
    const models = await train(data, scaling);
    console.timeEnd('pre-training');
    if (wants('embeddings')) await drawEmbeddings(data, models, scaling);
    if (wants('maps')) await drawMaps(data, models, scaling);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
