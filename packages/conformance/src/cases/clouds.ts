import {
  cloudMetrics,
  cloudScores,
  countUnet,
  type Fingerprint,
  hypernetSmoothing,
  networkOptions,
  type Plan,
  planFor,
  studentOptions,
} from '@lulc/cloud-unet-kd';
import type { GoldenFile } from '../golden/files.js';
import { adviceOf, type Comparison, type TableRunner } from './comparison.js';

interface PlanCase {
  readonly name: string;
  readonly input: {
    readonly medianShape: readonly [number, number];
    readonly labels: number;
    readonly numTraining: number;
    readonly gpuMemoryGB: number;
    readonly channels: number;
    readonly spacing: readonly [number, number];
  };
  readonly plan: {
    readonly patch: readonly number[];
    readonly pools: readonly number[];
    readonly strides: readonly (readonly number[])[];
    readonly kernels: readonly (readonly number[])[];
    readonly widths: readonly number[];
    readonly estimate: number;
    readonly batch: number;
    readonly parametersAllHeads?: number;
  };
}

interface V1Case {
  readonly patch: number;
  readonly pools: number;
  readonly estimate: number;
  readonly batch: number;
  readonly widths: readonly number[];
}

interface StudentCase {
  readonly stages: number;
  readonly base: number;
  readonly channels: number;
  readonly classes: number;
  readonly parametersOneHead: number;
}

/** A dataset whose median is the given one: where that is no whole number, half of the cases are smaller. */
function fingerprintOf({ medianShape, labels, numTraining, channels, spacing }: PlanCase['input']): Fingerprint {
  const size = (i: number): [number, number] => {
    const round = i % 2 === 0 ? Math.floor : Math.ceil;
    return [round(medianShape[0]), round(medianShape[1])];
  };
  return {
    dataset: 'golden',
    bands: Array.from({ length: channels }, (_, band) => `band ${band}`),
    classes: Array.from({ length: labels }, (_, c) => `class ${c}`),
    shapes: Array.from({ length: numTraining }, (_, i) => size(i)),
    spacings: Array.from({ length: numTraining }, () => spacing),
    medianRelativeSize: 1,
    hasIgnored: false,
    foreground: undefined,
    overall: undefined,
  };
}

type Flat = readonly (number | readonly number[])[];

function* comparePlan(
  name: string,
  plan: Plan,
  expected: Readonly<Record<string, number | Flat>>,
): Iterable<Comparison> {
  const got: Readonly<Record<string, number | Flat>> = {
    patch: plan.patchSize,
    pools: plan.pools,
    strides: plan.strides,
    kernels: plan.kernels,
    widths: plan.widths,
    estimate: plan.estimate,
    batch: plan.batchSize,
  };
  for (const [field, wanted] of Object.entries(expected)) {
    const [mine, theirs] = [got[field], wanted].map((value) => [value].flat(2) as number[]);
    yield { what: `${name}, numbers of ${field}`, got: mine.length, expected: theirs.length, tolerance: 0 };
    for (const [i, value] of theirs.entries()) {
      yield { what: `${name}, ${field} ${i}`, got: mine[i], expected: value, tolerance: 0 };
    }
  }
}

function* comparePlans(file: GoldenFile): Iterable<Comparison> {
  for (const { name, input, plan } of [...(file.golden as PlanCase[]), ...(file.further as PlanCase[])]) {
    const { patch, pools, strides, kernels, widths, estimate, batch } = plan;
    const got = planFor({ fingerprint: fingerprintOf(input), memoryGb: input.gpuMemoryGB });
    yield* comparePlan(name, got, { patch, pools, strides, kernels, widths, estimate, batch });
    // The file counts 3×3 convolutions and 2×2 transposed ones also where the plan has other kernels and strides.
    const isSquare = [got.kernels, got.strides].every((pairs) => pairs.every(([a, b]) => a === b));
    if (isSquare && plan.parametersAllHeads !== undefined) {
      const { parameters, deepHeads } = countUnet(networkOptions(got));
      const size = parameters + deepHeads;
      yield { what: `${name}, parameters`, got: size, expected: plan.parametersAllHeads, tolerance: 0 };
    }
  }
  for (const { patch, pools, estimate, batch, widths } of file.v1 as readonly V1Case[]) {
    const medianShape = [patch, patch] as const;
    const fingerprint = fingerprintOf({
      medianShape,
      labels: 2,
      numTraining: 2000,
      gpuMemoryGB: 8,
      channels: 4,
      spacing: [1, 1],
    });
    const got = planFor({ fingerprint, version: 'v1' });
    yield* comparePlan(`v1, ${patch}`, got, { patch: medianShape, pools: [pools, pools], estimate, batch, widths });
    const { parameters, deepHeads } = countUnet(networkOptions(got));
    const expected = (file.teacherParameters as Readonly<Record<string, number>>)[`v1 ${patch} plan`];
    if (expected !== undefined)
      yield { what: `v1, ${patch}, parameters`, got: parameters + deepHeads, expected, tolerance: 0 };
  }
  for (const { stages, base, channels, classes, parametersOneHead } of file.students as readonly StudentCase[]) {
    const { parameters } = countUnet(studentOptions({ stages, base, bands: channels, classes }));
    const what = `student of ${stages} stages from ${base} on`;
    yield { what, got: parameters, expected: parametersOneHead, tolerance: 0 };
  }
}

interface MetricsFile {
  readonly chips: readonly {
    readonly group: string;
    readonly truth: readonly number[];
    readonly prediction: readonly number[];
  }[];
  readonly expected: {
    readonly countsTpFpFnTn: readonly (readonly number[])[];
    readonly micro: Readonly<Record<string, number>>;
    readonly macroByChip: Readonly<Record<'emptyAsZero' | 'emptyAsOne' | 'emptySkipped' | 'diceEmptySkipped', number>>;
    readonly jaccardByGroupPooled: Readonly<Record<string, number>>;
    readonly macroByGroup: number;
    readonly perChipSmoothed: readonly Readonly<Record<string, number>>[];
  };
}

function* compareMetrics(file: GoldenFile): Iterable<Comparison> {
  const { abs: tolerance } = adviceOf<'abs'>(file);
  const { chips, expected } = file as unknown as MetricsFile;
  const metrics = cloudMetrics();
  const row = (what: string, got: number | null, wanted: number): Comparison => ({
    what,
    got: got ?? Number.NaN,
    expected: wanted,
    tolerance,
  });
  type Scores = Readonly<Record<string, number | null>>;
  for (const [i, { group, truth, prediction }] of chips.entries()) {
    const counts = metrics.update({ id: `${i}`, group, truth, predicted: prediction, shape: [1, truth.length] });
    const { tp, fp, fn, tn } = counts;
    for (const [j, value] of [tp, fp, fn, tn].entries()) {
      yield row(`count ${j} of chip ${i}`, value, expected.countsTpFpFnTn[i][j]);
    }
    const smoothed = cloudScores(counts, hypernetSmoothing) as unknown as Scores;
    for (const [name, value] of Object.entries(expected.perChipSmoothed[i])) {
      yield row(`smoothed ${name} of chip ${i}`, smoothed[name], value);
    }
  }
  const { micro, macroByChip, macroByGroup, groups } = metrics.report();
  for (const [name, value] of Object.entries(expected.micro)) {
    yield row(`micro ${name}`, (micro as unknown as Scores)[name], value);
  }
  yield row('empty as zero', macroByChip.zero.jaccard, expected.macroByChip.emptyAsZero);
  yield row('empty as one', macroByChip.one.jaccard, expected.macroByChip.emptyAsOne);
  yield row('empty skipped', macroByChip.skip.jaccard, expected.macroByChip.emptySkipped);
  yield row('Dice, empty skipped', macroByChip.skip.dice, expected.macroByChip.diceEmptySkipped);
  yield row('macro by group', macroByGroup.skip.jaccard, expected.macroByGroup);
  for (const { group, jaccard } of groups) yield row(`group ${group}`, jaccard, expected.jaccardByGroupPooled[group]);
}

/** The kinds of files about cloud masks. */
export const cloudRunners: readonly TableRunner[] = [
  { fields: ['golden', 'further', 'v1', 'students'], compare: comparePlans },
  { fields: ['chips', 'ignoreValue'], compare: compareMetrics },
];
