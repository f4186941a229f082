import {
  deepSupervisionLoss,
  deepSupervisionWeights,
  ignoreLabel,
  importanceProfile,
  regionDiceBce,
  type SegmentationLossName,
  type SegmentationLossSpec,
  segmentationLoss,
  segmentationMetrics,
  shrinkMasks,
  slidingWindow,
  windowStarts,
} from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import type { GoldenFile, Statistics } from '../golden/files.js';
import { type Filled, fill } from '../golden/hash.js';
import { adviceOf, type Comparison, compareStatistics, type TableRunner } from './comparison.js';
import { compareDistillation, type DistillationCase } from './distillation.js';

type Numbers = readonly number[];

interface HardCase {
  readonly logits: Filled;
  readonly labels: Filled & { readonly ignoreLabel?: number };
  readonly crossEntropy: number;
  readonly softDice: number;
  readonly total: number;
  readonly gradTotal: Statistics;
}

interface RegionCase {
  readonly logits: Filled;
  readonly target: Filled;
  readonly total: number;
  readonly gradTotal: Statistics;
}

interface DeepSupervisionCase {
  readonly outputs: readonly Filled[];
  readonly labels: Filled;
  readonly weights: Numbers;
  readonly perLevel: Numbers;
  readonly total: number;
  readonly gradL2: Numbers;
  readonly lowestLabels: Numbers;
}

const dice: SegmentationLossSpec = { name: 'dice', ignoreBackground: true };
const diceCe: SegmentationLossSpec = { name: 'dice-ce', ignoreBackground: true };

const scalarOf = (make: () => tf.Scalar): number => tf.tidy(() => make().dataSync()[0]);

/** The file says "flat indices 0, 7, 14, …" in words. */
const ignoredEvery = 7;

function maskOf(labels: HardCase['labels'], seed: number): tf.Tensor3D {
  const values = fill(labels, seed).map((value, i) =>
    labels.ignoreLabel !== undefined && i % ignoredEvery === 0 ? ignoreLabel : value,
  );
  return tf.tensor3d(Int32Array.from(values), labels.shape as [number, number, number], 'int32');
}

const tensorOf = (filled: Filled, seed: number): tf.Tensor4D =>
  tf.tensor4d(fill(filled, seed), filled.shape as [number, number, number, number]);

function* compareLosses(file: GoldenFile): Iterable<Comparison> {
  const { lossAbs, gradRel, gradAbs } = adviceOf<'lossAbs' | 'gradRel' | 'gradAbs'>(file);
  const seed = file.seed as number;
  const gradientTolerance = (expected: number): number => gradRel * Math.abs(expected) + gradAbs;
  const lossRow = (what: string, got: number, expected: number) => ({ what, got, expected, tolerance: lossAbs });

  for (const [i, { logits, labels, gradTotal, ...expected }] of (file.hard as readonly HardCase[]).entries()) {
    const z = tensorOf(logits, seed);
    const masks = maskOf(labels, seed);
    const value = (spec: SegmentationLossName | SegmentationLossSpec) =>
      scalarOf(() => segmentationLoss(spec)(z, masks));
    yield lossRow(`hard ${i} cross-entropy`, value('cross-entropy'), expected.crossEntropy);
    yield lossRow(`hard ${i} Dice`, value(dice), expected.softDice);
    yield lossRow(`hard ${i} total`, value(diceCe), expected.total);
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => segmentationLoss(diceCe)(x as tf.Tensor4D, masks))(z)
        .dataSync(),
    );
    yield* compareStatistics(`hard ${i} gradient`, gradient, gradTotal, gradientTolerance);
    tf.dispose([z, masks]);
  }

  const region = file.region as RegionCase;
  const [z, targets] = [tensorOf(region.logits, seed), tensorOf(region.target, seed)];
  yield lossRow(
    'region total',
    scalarOf(() => regionDiceBce(z, targets)),
    region.total,
  );
  const slope = tf.tidy(() =>
    tf
      .grad((x) => regionDiceBce(x as tf.Tensor4D, targets))(z)
      .dataSync(),
  );
  yield* compareStatistics('region gradient', slope, region.gradTotal, gradientTolerance);
  tf.dispose([z, targets]);

  for (const [i, example] of (file.deepSupervision as readonly DeepSupervisionCase[]).entries()) {
    const outputs = example.outputs.map((output) => tensorOf(output, seed));
    const masks = maskOf(example.labels, seed);
    const loss = segmentationLoss(diceCe);
    const total = (levels: readonly tf.Tensor[]) => deepSupervisionLoss(loss, levels as tf.Tensor4D[], masks);
    yield lossRow(
      `deep supervision ${i}`,
      scalarOf(() => total(outputs)),
      example.total,
    );
    for (const [level, output] of outputs.entries()) {
      const only = outputs.map((_, other) => Number(other === level));
      const value = scalarOf(() => deepSupervisionLoss(loss, outputs, masks, only));
      yield lossRow(`deep supervision ${i}, level ${level}`, value, example.perLevel[level]);
      const withLevel = (x: tf.Tensor) => total(outputs.map((other) => (other === output ? x : other)));
      // An output of weight 0 is not part of the loss, so there is no gradient to ask for.
      const norm =
        example.weights[level] === 0
          ? scalarOf(() => tf.sub(withLevel(tf.add(output, 1)), total(outputs)))
          : scalarOf(() => tf.norm(tf.grad(withLevel)(output)) as tf.Scalar);
      const expected = example.gradL2[level];
      const what = `deep supervision ${i}, gradient ${level}`;
      yield { what, got: norm, expected, tolerance: gradientTolerance(expected) };
    }
    const [, height, width] = example.outputs[example.outputs.length - 1].shape;
    const lowest = tf.tidy(() => shrinkMasks(masks, [height, width]).dataSync());
    for (const [j, expected] of example.lowestLabels.entries()) {
      yield { what: `deep supervision ${i}, lowest label ${j}`, got: lowest[j], expected, tolerance: 0 };
    }
    tf.dispose([...outputs, masks]);
  }
  for (const [i, example] of (file.distillation as readonly DistillationCase[]).entries()) {
    yield* compareDistillation(`distillation ${i}`, example, seed, { lossAbs, gradientTolerance });
  }
  for (const [outputs, weights] of Object.entries(file.dsWeights as Readonly<Record<string, Numbers>>)) {
    for (const [i, expected] of weights.entries()) {
      yield lossRow(`weight ${i} of ${outputs}`, deepSupervisionWeights(Number(outputs))[i], expected);
    }
  }
}

interface MetricGroup {
  readonly name: string;
  readonly perImageMatrices: readonly (readonly Numbers[])[];
  readonly expected: {
    readonly overallAccuracy: number;
    readonly kappa: number;
    readonly pooledMatrix: readonly Numbers[];
    readonly perClass: Readonly<Record<'precision' | 'recall' | 'f1' | 'iouPooled', readonly (number | 'NaN')[]>>;
    readonly reference: {
      readonly classAccuracy: Numbers;
      readonly meanAccuracy: number;
      readonly recall: Numbers;
      readonly iouImageMean: Numbers;
      readonly meanIou: number;
      readonly quickOverallAccuracy: number;
    };
    readonly corrected: Readonly<Record<'meanIou' | 'meanAccuracy' | 'meanF1', number>>;
  };
}

/** True and predicted classes of pixels that make up a confusion matrix. */
function pixelsOf(matrix: readonly Numbers[]): { readonly predicted: number[]; readonly masks: number[] } {
  const cells = matrix.flatMap((row, truth) => row.map((count, guess) => ({ truth, guess, count })));
  const repeated = (pick: (cell: (typeof cells)[number]) => number) =>
    cells.flatMap((cell) => new Array<number>(cell.count).fill(pick(cell)));
  return { predicted: repeated(({ guess }) => guess), masks: repeated(({ truth }) => truth) };
}

function* compareMetrics(file: GoldenFile): Iterable<Comparison> {
  const { abs: tolerance } = adviceOf<'abs'>(file);
  for (const { name, perImageMatrices, expected } of file.groups as readonly MetricGroup[]) {
    const row = (what: string, got: number | null, wanted: number | 'NaN'): Comparison => ({
      what: `${name}, ${what}`,
      // An undefined value has no number to compare: 1 says that both, or none, are undefined.
      got: wanted === 'NaN' ? Number(got === null) : (got ?? Number.NaN),
      expected: wanted === 'NaN' ? 1 : wanted,
      tolerance,
    });
    const column = (what: string, got: readonly (number | null)[], wanted: readonly (number | 'NaN')[]) =>
      wanted.map((value, c) => row(`${what} of class ${c}`, got[c], value));
    const metrics = segmentationMetrics({ classes: perImageMatrices[0].map((_, c) => `class ${c}`) });
    for (const matrix of perImageMatrices) {
      const { predicted, masks } = pixelsOf(matrix);
      metrics.update(predicted, masks);
    }
    const { confusion, perClass, reference, ...means } = metrics.report();
    yield row('overall accuracy', means.overallAccuracy, expected.overallAccuracy);
    yield row('kappa', means.kappa, expected.kappa);
    for (const mean of ['meanIou', 'meanAccuracy', 'meanF1'] as const) {
      yield row(mean, means[mean], expected.corrected[mean]);
    }
    yield* confusion.flatMap((counts, c) => column(`row ${c}`, counts, expected.pooledMatrix[c]));
    for (const [field, wanted] of [
      ['precision', expected.perClass.precision],
      ['recall', expected.perClass.recall],
      ['f1', expected.perClass.f1],
      ['iou', expected.perClass.iouPooled],
    ] as const) {
      yield* column(
        field,
        perClass.map((values) => values[field]),
        wanted,
      );
    }
    for (const field of ['classAccuracy', 'recall', 'iouImageMean'] as const) {
      yield* column(`reference ${field}`, reference[field], expected.reference[field]);
    }
    for (const field of ['meanAccuracy', 'meanIou', 'quickOverallAccuracy'] as const) {
      yield row(`reference ${field}`, reference[field], expected.reference[field]);
    }
  }
}

interface ImportanceCase {
  readonly tile: readonly [number, number];
  readonly max: number;
  readonly min: number;
  readonly sum: number;
  readonly values?: Numbers;
  readonly centreRow?: Numbers;
  readonly centreColumn?: Numbers;
}

interface BlendingCase {
  readonly input: Filled;
  readonly tile: number;
  readonly starts: Numbers;
  readonly expected: Statistics;
}

async function* compareWindows(file: GoldenFile): AsyncIterable<Comparison> {
  const { importanceRel, blendAbs } = adviceOf<'importanceRel' | 'blendAbs'>(file);
  for (const { tile, max, min, sum, ...lists } of file.importance as readonly ImportanceCase[]) {
    const [vertical, horizontal] = tile.map((pixels) => importanceProfile(pixels));
    // The file's maps have the maximum 10; a factor does not change a weighted mean.
    const at = (y: number, x: number): number => max * vertical[y] * horizontal[x];
    const map = Float64Array.from({ length: tile[0] * tile[1] }, (_, i) => at(Math.floor(i / tile[1]), i % tile[1]));
    const row = (what: string, got: number, expected: number): Comparison => ({
      what: `importance of ${tile}, ${what}`,
      got,
      expected,
      tolerance: importanceRel * expected,
    });
    const folded = (fold: (a: number, b: number) => number): number => map.reduce((a, b) => fold(a, b));
    yield row('largest', folded(Math.max), max);
    yield row('smallest', folded(Math.min), min);
    yield row(
      'sum',
      folded((a, b) => a + b),
      sum,
    );
    const centre = tile.map((pixels) => Math.floor(pixels / 2));
    for (const [i, expected] of (lists.values ?? []).entries()) yield row(`value ${i}`, map[i], expected);
    for (const [x, expected] of (lists.centreRow ?? []).entries()) yield row(`column ${x}`, at(centre[0], x), expected);
    for (const [y, expected] of (lists.centreColumn ?? []).entries()) yield row(`row ${y}`, at(y, centre[1]), expected);
  }

  for (const { length, tile, starts } of file.starts as readonly {
    readonly length: number;
    readonly tile: number;
    readonly starts: Numbers;
  }[]) {
    const got = windowStarts(length, tile);
    const what = `windows of ${tile} over ${length}`;
    yield { what: `number of ${what}`, got: got.length, expected: starts.length, tolerance: 0 };
    for (const [i, expected] of starts.entries()) yield { what, got: got[i], expected, tolerance: 0 };
  }

  const { input, tile, expected } = file.blending as BlendingCase;
  const [height, width, bands] = input.shape;
  const image = fill(input, file.seed as number);
  const blended = new Float32Array(image.length);
  await slidingWindow({
    size: [height, width],
    tile: [tile, tile],
    read: ({ top, left, rows, columns }) =>
      Float32Array.from({ length: rows * columns * bands }, (_, i) => {
        const [y, x] = [Math.floor(i / bands / columns), Math.floor(i / bands) % columns];
        return image[((top + y) * width + left + x) * bands + (i % bands)];
      }),
    network: async (tiles) =>
      tiles.map((value, i) => {
        const pixel = Math.floor(i / bands);
        return value * (1 + ((Math.floor(pixel / tile) % tile) + 2 * (pixel % tile)) / (3 * tile));
      }),
    write: ({ top, values }) => blended.set(values, top * width * bands),
  });
  yield* compareStatistics('blended', blended, expected, () => blendAbs);
}

/** The kinds of files about segmentation. */
export const segmentationRunners: readonly TableRunner[] = [
  { fields: ['hard', 'region', 'deepSupervision', 'dsWeights', 'distillation'], compare: compareLosses },
  { fields: ['groups'], compare: compareMetrics },
  { fields: ['importance', 'starts', 'blending'], compare: compareWindows },
];
