import {
  addIntervalWeights,
  type Denominator,
  ntXent,
  projectionHead,
  regionMeans,
  styleVector,
} from '@lulc/contrastive-ssl';
import { loadWeights } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { GoldenFile, Statistics } from '../golden/files.js';
import { type Filled, fill } from '../golden/hash.js';
import { adviceOf, type Comparison, compareStatistics, type TableRunner } from './comparison.js';

type Numbers = readonly number[];
type Input = Filled & { readonly name: string };
/** `[view][image][region]`: an inclusive box `[x0, y0, x1, y1]`. */
type Boxes = readonly (readonly (readonly Numbers[])[])[];

const tensorOf = (spec: Filled, seed: number): tf.Tensor => tf.tensor(fill(spec, seed), [...spec.shape]);
const l2 = (values: Iterable<number>): number => Math.hypot(...values);

/** Value and gradients of a scalar function of tensors, on the host. */
function differentiated(
  f: (...args: tf.Tensor[]) => tf.Scalar,
  args: tf.Tensor[],
): { value: number; grads: Float32Array[] } {
  return tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads(f as (...args: tf.Tensor[]) => tf.Tensor)(args);
    return { value: value.dataSync()[0], grads: grads.map((grad) => grad.dataSync<'float32'>()) };
  });
}

interface PairCase {
  readonly pairs: number;
  readonly temperature: number;
  readonly identicalEmbeddings: boolean;
  readonly inputs: readonly [Filled, Filled];
  readonly expected: Readonly<Record<Denominator, { readonly loss: number; readonly grad: readonly Numbers[] }>>;
}

function* comparePairs(file: GoldenFile, golden: PairCase): Iterable<Comparison> {
  const { lossAbs, gradAbs } = adviceOf<'lossAbs' | 'gradAbs'>(file);
  const { pairs, temperature, identicalEmbeddings, inputs } = golden;
  const [zi, zj] = inputs.map((input) => tensorOf(input, file.seed as number) as tf.Tensor2D);
  const first = tf.tile(tf.slice(zi, [0, 0], [1, -1]), [pairs, 1]);
  const views = identicalEmbeddings ? [first, first.clone()] : [zi, zj];
  for (const [denominator, { loss, grad }] of Object.entries(golden.expected) as [
    Denominator,
    PairCase['expected']['all'],
  ][]) {
    for (const chunk of [2 * pairs, 3]) {
      const what = `${pairs} pairs at ${temperature}, ${denominator}, ${chunk} rows at a time`;
      const { value, grads } = differentiated(
        (a, b) => ntXent(a as tf.Tensor2D, b as tf.Tensor2D, { temperature, denominator, chunk }),
        views,
      );
      yield { what: `${what}, loss`, got: value, expected: loss, tolerance: lossAbs };
      const got = grads.flatMap((values) => [...values]);
      for (const [i, expected] of grad.flat().entries()) {
        // The gradient is as large as the rows are short: what counts is its share.
        const tolerance = gradAbs * Math.max(1, Math.abs(expected));
        yield { what: `${what}, gradient ${i}`, got: got[i], expected, tolerance };
      }
    }
  }
}

type StyleCase =
  | { readonly values: Numbers; readonly shape: Numbers; readonly expected: readonly Numbers[] }
  | {
      readonly input: Filled;
      readonly expected: Statistics;
      readonly gradientOfDotWith: Filled;
      readonly gradient: Statistics;
    };

function* compareStyle(file: GoldenFile, golden: StyleCase): Iterable<Comparison> {
  const { abs } = adviceOf<'abs'>(file);
  if ('values' in golden) {
    const got = styleVector(
      tf.tensor4d([...golden.values], golden.shape as [number, number, number, number]),
    ).dataSync();
    for (const [i, expected] of golden.expected.flat().entries()) {
      yield { what: `value ${i}`, got: got[i], expected, tolerance: abs };
    }
    return;
  }
  const map = tensorOf(golden.input, file.seed as number) as tf.Tensor4D;
  const style = styleVector(map);
  yield* compareStatistics('style', style.dataSync(), golden.expected, () => abs);
  const slopes = tensorOf(golden.gradientOfDotWith, file.seed as number);
  const { grads } = differentiated((x) => tf.sum(tf.mul(styleVector(x as tf.Tensor4D), slopes)), [map]);
  yield* compareStatistics('gradient', grads[0], golden.gradient, () => abs);
}

function* compareCases(file: GoldenFile): Iterable<Comparison> {
  for (const golden of file.cases as readonly (PairCase | StyleCase)[]) {
    if ('pairs' in golden) yield* comparePairs(file, golden);
    else yield* compareStyle(file, golden);
  }
}

/** Weights of the boxes of a view for maps of the image's own size. */
function boxWeights(boxes: Boxes[number], size: number, axis: 0 | 1): tf.Tensor3D {
  const regions = boxes[0].length;
  const out = new Float32Array(boxes.length * regions * size);
  for (const [i, box] of boxes.flat().entries()) {
    addIntervalWeights(box[axis], box[axis + 2] + 1, size, size, out.subarray(i * size, (i + 1) * size));
  }
  return tf.tensor3d(out, [boxes.length, regions, size]);
}

const meansOf = (dense: tf.Tensor, boxes: Boxes[number]): tf.Tensor2D => {
  const [, height, width] = dense.shape;
  return regionMeans(dense as tf.Tensor4D, boxWeights(boxes, height, 1), boxWeights(boxes, width, 0));
};

interface RegionFile {
  readonly seed: number;
  readonly inputs: readonly [Input, Input];
  readonly temperature: number;
  readonly boxes: Boxes;
  readonly expected: { readonly regionMeans: readonly Statistics[] } & Readonly<
    Record<
      Denominator,
      { readonly loss: number; readonly gradL2: Numbers; readonly gradAtFirstBoxCorner: readonly Numbers[] }
    >
  >;
}

function* compareRegions(file: GoldenFile): Iterable<Comparison> {
  const { seed, inputs, temperature, boxes, expected } = file as unknown as RegionFile;
  const { abs } = adviceOf<'abs'>(file);
  const dense = inputs.map((input) => tensorOf(input, seed));
  for (const [view, map] of dense.entries()) {
    yield* compareStatistics(
      `means of view ${view}`,
      meansOf(map, boxes[view]).dataSync(),
      expected.regionMeans[view],
      () => abs,
    );
  }
  for (const denominator of ['negatives', 'all'] as const) {
    const { loss, gradL2, gradAtFirstBoxCorner } = expected[denominator];
    const { value, grads } = differentiated(
      (a, b) => ntXent(meansOf(a, boxes[0]), meansOf(b, boxes[1]), { temperature, denominator }),
      dense,
    );
    yield { what: `${denominator}, loss`, got: value, expected: loss, tolerance: abs };
    for (const [view, length] of gradL2.entries()) {
      yield { what: `${denominator}, gradient ${view}`, got: l2(grads[view]), expected: length, tolerance: abs };
      const [x, y] = boxes[view][0][0];
      const [, , width, channels] = inputs[view].shape;
      for (const [c, slope] of gradAtFirstBoxCorner[view].entries()) {
        const got = grads[view][(y * width + x) * channels + c];
        yield { what: `${denominator}, view ${view}, corner, channel ${c}`, got, expected: slope, tolerance: abs };
      }
    }
  }
}

interface TotalFile {
  readonly seed: number;
  readonly config: { readonly temperature: number; readonly globalHead: Numbers; readonly localHead: Numbers };
  readonly inputs: readonly Input[];
  readonly tensors: readonly (Filled & { readonly path: string })[];
  readonly boxes: Boxes;
  readonly globalEmbedding1: Statistics;
  readonly localEmbedding1: Statistics;
  readonly expected: readonly {
    readonly lam: number;
    readonly denominator: Denominator;
    readonly globalLoss: number;
    readonly localLoss: number;
    readonly total: number;
    readonly gradL2Inputs: Numbers;
    readonly gradL2: Readonly<Record<string, number>>;
    readonly gradEncoder1First8: Numbers;
  }[];
}

/** A head with the file's weights; their paths are the library's own. */
function headOf({ tensors, seed }: TotalFile, name: string, features: number, units: Numbers): LayersModel {
  const head = projectionHead({ name, features, units, seed: 1 });
  const own = tensors.filter(({ path }) => path.startsWith(`${name}/`));
  loadWeights(
    head,
    new Map(own.map((tensor) => [tensor.path, { dtype: 'float32', shape: tensor.shape, data: fill(tensor, seed) }])),
  );
  return head;
}

function* compareTotal(file: GoldenFile): Iterable<Comparison> {
  const golden = file as unknown as TotalFile;
  const { config, inputs, boxes, seed } = golden;
  const { lossAbs, gradL2Rel } = adviceOf<'lossAbs' | 'gradL2Rel'>(file);
  const channels = (input: Input): number => input.shape[3];
  const heads = {
    global: headOf(golden, 'global', 2 * channels(inputs[0]), config.globalHead),
    local: headOf(golden, 'local', channels(inputs[2]), config.localHead),
  };
  const embed = (head: LayersModel, x: tf.Tensor2D): tf.Tensor2D => head.apply(x, { training: true }) as tf.Tensor2D;
  const ofImage = (map: tf.Tensor): tf.Tensor2D => embed(heads.global, styleVector(map as tf.Tensor4D));
  const ofRegions = (map: tf.Tensor, view: number): tf.Tensor2D => embed(heads.local, meansOf(map, boxes[view]));
  const maps = inputs.map((input) => tensorOf(input, seed));
  yield* compareStatistics('global embedding', ofImage(maps[0]).dataSync(), golden.globalEmbedding1, () => lossAbs);
  yield* compareStatistics('local embedding', ofRegions(maps[2], 0).dataSync(), golden.localEmbedding1, () => lossAbs);
  const weights = Object.values(heads).flatMap((head) => head.weights);
  for (const expected of golden.expected) {
    const { lam, denominator } = expected;
    const what = `lambda ${lam}, ${denominator}`;
    const options = { temperature: config.temperature, denominator };
    const losses = (e1: tf.Tensor, e2: tf.Tensor, d1: tf.Tensor, d2: tf.Tensor): [tf.Scalar, tf.Scalar] => [
      ntXent(ofImage(e1), ofImage(e2), options),
      ntXent(ofRegions(d1, 0), ofRegions(d2, 1), options),
    ];
    const total = (...args: tf.Tensor[]): tf.Scalar => {
      const [ofGlobal, ofLocal] = losses(...(args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]));
      return tf.add(tf.mul(ofGlobal, lam), tf.mul(ofLocal, 1 - lam));
    };
    const [globalLoss, localLoss] = losses(...(maps as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]));
    yield { what: `${what}, global`, got: globalLoss.dataSync()[0], expected: expected.globalLoss, tolerance: lossAbs };
    yield { what: `${what}, local`, got: localLoss.dataSync()[0], expected: expected.localLoss, tolerance: lossAbs };
    const { value, grads } = differentiated(total, maps);
    yield { what: `${what}, total`, got: value, expected: expected.total, tolerance: lossAbs };
    const near = (of: string, got: number, length: number): Comparison => ({
      what: `${what}, gradient of ${of}`,
      got,
      expected: length,
      tolerance: gradL2Rel * length,
    });
    for (const [i, length] of expected.gradL2Inputs.entries()) yield near(inputs[i].name, l2(grads[i]), length);
    for (const [i, slope] of expected.gradEncoder1First8.entries()) {
      yield { what: `${what}, encoder ${i}`, got: grads[0][i], expected: slope, tolerance: lossAbs };
    }
    const byVariable = tf.variableGrads(
      () => total(...maps),
      weights.map((weight) => weight.read() as tf.Variable),
    ).grads;
    for (const weight of weights) {
      const got = l2(byVariable[(weight.read() as tf.Variable).name].dataSync());
      yield near(weight.originalName, got, expected.gradL2[weight.originalName]);
    }
  }
}

/** Files about contrastive pre-training. */
export const contrastiveRunners: readonly TableRunner[] = [
  { fields: ['cases'], compare: compareCases },
  { fields: ['boxes', 'regionSize'], compare: compareRegions },
  { fields: ['boxes', 'tensors', 'expected'], compare: compareTotal },
];
