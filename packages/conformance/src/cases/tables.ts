import {
  bicubicResize,
  image,
  learningRateAt,
  multiLabelMetrics,
  type ScheduleName,
  type ScheduleSpec,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import type { GoldenFile } from '../golden/files.js';
import { type Filled, fill } from '../golden/hash.js';
import { cloudRunners } from './clouds.js';
import { adviceOf, type Comparison, type TableRunner } from './comparison.js';
import { contrastiveRunners } from './contrastive.js';
import { unetRunners } from './plainConvUnet.js';
import { segmentationRunners } from './segmentation.js';

type Numbers = Readonly<Record<string, number>>;

interface ResizeJob {
  readonly input: Filled;
  readonly size: readonly [number, number];
  readonly output: { readonly values: readonly number[] };
}

function* compareResize(file: GoldenFile): Iterable<Comparison> {
  const { abs } = adviceOf<'abs'>(file);
  for (const { input, size, output } of file.jobs as readonly ResizeJob[]) {
    const [, height, width, channels] = input.shape;
    const x = image({ shape: [height, width, channels] });
    const resize = tfModel({ inputs: x, outputs: bicubicResize(size)(x) });
    const got = tf.tidy(() =>
      (resize.predict(tf.tensor4d(fill(input, file.seed as number), input.shape as never)) as tf.Tensor).dataSync(),
    );
    yield { what: `values of ${size}`, got: got.length, expected: output.values.length, tolerance: 0 };
    for (const [i, expected] of output.values.entries()) {
      yield { what: `${height} to ${size[0]}, value ${i}`, got: got[i], expected, tolerance: abs };
    }
  }
}

interface MetricSet {
  readonly name: string;
  readonly yTrue: readonly (readonly number[])[];
  readonly yProb: readonly (readonly number[])[];
  readonly threshold: number;
  readonly expected: {
    readonly micro: Numbers;
    readonly macro: Numbers;
    readonly macroPresentClassesOnly: Numbers;
    readonly counts: Readonly<Record<string, readonly number[]>>;
    readonly perClass: Readonly<Record<string, readonly number[]>>;
  };
}

function* compareMultiLabel(file: GoldenFile): Iterable<Comparison> {
  const { abs: tolerance } = adviceOf<'abs'>(file);
  for (const { name, yTrue, yProb, threshold, expected } of file.sets as readonly MetricSet[]) {
    const report = (zeroSupport: 'as-zero' | 'exclude') => {
      const metrics = multiLabelMetrics({ classes: yTrue[0].map((_, c) => `class ${c}`), threshold, zeroSupport });
      for (const [i, labels] of yTrue.entries()) metrics.update([...yProb[i]], [...labels]);
      return metrics.report();
    };
    const { micro, macro, perClass } = report('as-zero');
    const groups: [string, object, Numbers][] = [
      ['micro', micro, expected.micro],
      ['macro', macro, expected.macro],
      ['macro over present classes', report('exclude').macro, expected.macroPresentClassesOnly],
      ...perClass.map((row, c): [string, object, Numbers] => [
        row.name,
        row,
        Object.fromEntries(
          Object.entries({ ...expected.counts, ...expected.perClass }).map(([key, column]) => [key, column[c]]),
        ),
      ]),
    ];
    for (const [group, got, values] of groups) {
      for (const [key, value] of Object.entries(values)) {
        yield { what: `${name}, ${group} ${key}`, got: (got as Numbers)[key], expected: value, tolerance };
      }
    }
  }
}

type GoldenSchedule = { readonly base: number; readonly total?: number; readonly values: readonly [number, number][] };

function* compareSchedules(file: GoldenFile): Iterable<Comparison> {
  const { rel } = adviceOf<'rel'>(file);
  for (const name of ['poly', 'cosine', 'step', 'exponential'] satisfies ScheduleName[]) {
    for (const { base, total = 1000, values, ...shape } of file[name] as readonly GoldenSchedule[]) {
      for (const [epoch, expected] of values) {
        const got = learningRateAt({ ...shape, name, per: 'epoch' } as ScheduleSpec, base, { epoch, epochs: total });
        yield { what: `${name} from ${base} at epoch ${epoch}`, got, expected, tolerance: rel * Math.abs(expected) };
      }
    }
  }
}

/** All kinds that the library covers. */
export const tableRunners: readonly TableRunner[] = [
  { fields: ['jobs'], compare: compareResize },
  { fields: ['sets'], compare: compareMultiLabel },
  { fields: ['poly', 'cosine', 'step', 'exponential'], compare: compareSchedules },
  ...segmentationRunners,
  ...cloudRunners,
  ...unetRunners,
  ...contrastiveRunners,
];
