import type { Normalization } from '@lulc/core';
import {
  knownOption,
  LulcError,
  type OptionKinds,
  requireAbove,
  requireCount,
  requireKinds,
  roundHalfToEven,
} from '@lulc/core';
import type { Fingerprint } from '../fingerprint/fingerprintTypes.js';
import { requiredInside } from '../untypedOptions.js';
import { checkNetwork, checkPlanValues } from './checkPlan.js';
import { median } from './median.js';
import { type NormalizationName, type NormalizationVariant, normalizationFor } from './normalizations.js';
import type { Plan, PlanChange, PlannerVersion, PlanOverride, PlanValues } from './plan.js';
import { batchFor, fittedPatch, plannerRules, type RuleInput } from './rules.js';
import { type Pair, smallestEdge, type Topology, topology } from './topology.js';

/** Options of {@link planFor}. */
export interface PlanOptions {
  /** What is known of the dataset. */
  readonly fingerprint: Fingerprint;
  /** Default `'v2'`. */
  readonly version?: PlannerVersion;
  /** Memory to plan for, above 0. Default 8, what nnU-Net's own plans are made for; its v1 knew nothing else. */
  readonly memoryGb?: number;
  /** Training cases when they are not all of the fingerprint. Default: as many as the fingerprint has. */
  readonly cases?: number;
  /** Default `'image-z-score'` for every band. */
  readonly normalization?: NormalizationName | readonly NormalizationName[] | Normalization;
  /** Which pixels count in statistics of an image; see {@link normalizationFor}. Default `'corrected'`: those with data. */
  readonly variant?: NormalizationVariant;
  /** Values to hold instead of the rules'. What depends on them follows, unless it is overruled, too. */
  readonly overrides?: readonly PlanOverride[];
}

/** What options may be, for callers without types. */
const optionKinds = {
  fingerprint: { dataset: 'text', bands: 'texts', classes: 'texts', shapes: 'pairs', spacings: 'pairs' },
  version: 'text',
  memoryGb: 'number',
  cases: 'number',
  normalization: ['text', 'texts', 'records'],
  variant: 'text',
  overrides: 'records',
} as const satisfies Readonly<Record<keyof PlanOptions, OptionKinds>>;

/** What nnU-Net trains with, whatever the dataset. */
export const fixedTraining = {
  epochs: 1000,
  iterations: 250,
  validationIterations: 50,
  learningRate: 0.01,
  foregroundShare: 0.33,
  deepSupervision: true,
} as const;

/**
 * Plans a training by nnU-Net's rules for 2D images (spec 3.3 – 3.5): patch, topology, widths and batch from the size of the
 * cases and the memory. The same input gives the same plan as nnU-Net's own planner.
 *
 * Every value can be overruled with a reason, which the plan keeps. A value that depends on an overruled one follows it: with
 * another patch come other strides, with these other widths, with these another batch. Widths say how many stages there are:
 * with fewer of them the patch is halved less often, and need not be a multiple of as much.
 *
 * @param options fingerprint, version, memory, overrides
 * @throws LulcError `invalid-argument` for options out of range and for values that do not fit each other, `incompatible`
 *   when a normalisation needs what the fingerprint lacks
 * @example
 * ```ts
 * import { planFor } from '@lulc/cloud-unet-kd';
 *
 * const size = [512, 512] as const;
 * const fingerprint = {
 *   dataset: 'clouds',
 *   bands: ['B04', 'B03', 'B02', 'B08'],
 *   classes: ['clear', 'cloud'],
 *   shapes: Array.from({ length: 1000 }, () => size),
 *   spacings: Array.from({ length: 1000 }, () => [1, 1] as const),
 *   medianRelativeSize: 1,
 *   hasIgnored: false,
 *   foreground: undefined,
 *   overall: undefined,
 * };
 * const plan = planFor({ fingerprint });
 * console.log(plan.batchSize, plan.widths.length); // 12 8
 *
 * const reason = 'clouds are small here';
 * const small = planFor({ fingerprint, overrides: [{ field: 'patchSize', value: [256, 256], reason }] });
 * console.log(small.batchSize, small.changes[1].field, small.changes[1].reason); // 49 strides follows from patchSize
 * ```
 */
export function planFor(options: PlanOptions): Plan {
  requireKinds(options, optionKinds, ['fingerprint', ...requiredInside('fingerprint', optionKinds.fingerprint)]);
  const { fingerprint, version = 'v2', memoryGb = 8, overrides = [] } = options;
  knownOption('version', version, ['v2', 'v1']);
  requireAbove(0, { memoryGb });
  const { cases = fingerprint.shapes.length } = options;
  if (fingerprint.shapes.length === 0) {
    throw new LulcError('invalid-argument', 'the fingerprint has no cases', {
      where: { dataset: fingerprint.dataset },
    });
  }
  requireCount({ cases });
  if (fingerprint.spacings.length !== fingerprint.shapes.length) {
    throw new LulcError(
      'invalid-argument',
      `the fingerprint has ${fingerprint.shapes.length} shapes and ${fingerprint.spacings.length} spacings`,
      { where: { dataset: fingerprint.dataset } },
    );
  }
  const spacing = medianPair(fingerprint.spacings);
  const normalization = normalizationOf(options);
  const facts = {
    version,
    bands: fingerprint.bands,
    classes: fingerprint.classes,
    dataset: fingerprint.dataset,
    medianSize: medianSizeOf(version, fingerprint, spacing),
    spacing,
    maskedNormalization: masksZScores(normalization),
    cases,
    memoryGb,
    hasIgnored: fingerprint.hasIgnored,
  };
  const planned = {
    ...facts,
    ...resolve(version, ruleInput(facts), {}),
    ...fixedTraining,
    normalization,
    changes: [],
  };
  checkPlanValues(planned);
  return overrule(planned, overrides);
}

/** What of a plan the rules are applied to. */
function ruleInput(
  plan: Pick<Plan, 'medianSize' | 'spacing' | 'cases' | 'bands' | 'classes' | 'hasIgnored' | 'memoryGb'>,
): RuleInput {
  const { medianSize, spacing, cases, bands, classes, hasIgnored, memoryGb } = plan;
  return { medianSize, spacing, cases, channels: bands.length, labels: classes.length + Number(hasIgnored), memoryGb };
}

/** The rules' memory estimate of a plan's patch, strides and widths. */
export function networkEstimate(plan: Omit<Plan, 'estimate'>): number {
  const input = ruleInput(plan);
  const shrunk = fittedPatch(plan.version, input).reductions > 0;
  return plannerRules[plan.version].estimate(input, plan.patchSize, plan.strides, plan.widths, shrunk);
}

/**
 * A plan with some values overruled, and what depends on them following the rules of the plan's version.
 *
 * @param plan any plan
 * @param overrides values to hold, with reasons; a later one of a field replaces an earlier one
 * @throws LulcError `invalid-argument` for values out of range or that do not fit each other, naming the field
 */
export function overrule(plan: Plan, overrides: readonly PlanOverride[]): Plan {
  if (overrides.length === 0) return plan;
  const given = new Map<keyof PlanValues, PlanOverride>(overrides.map((override) => [override.field, override]));
  for (const { field, reason } of given.values()) {
    if (!(field in plan)) {
      throw new LulcError('unknown-name', `no planned value '${field}'`, { where: { option: 'overrides' } });
    }
    if (reason.trim() === '') {
      throw new LulcError('invalid-argument', 'a planned value is overruled without a reason', { where: { field } });
    }
  }
  const own = Object.fromEntries([...given].map(([field, { value }]) => [field, value])) as Partial<PlanValues>;
  // What an earlier override set stays, unless this one is upstream of it.
  const kept = Object.fromEntries(
    plan.changes.filter(({ follows }) => !follows).map(({ field, value }) => [field, value]),
  ) as Partial<PlanValues>;
  const shape = changesShape(own) ? resolve(plan.version, ruleInput(plan), { ...kept, ...own }) : {};
  const next = { ...plan, ...shape, ...own };
  checkPlanValues(next);
  return { ...next, changes: changesBetween(plan, next, given) };
}

/** The values of a network, and those from which each follows when it is not overruled. */
const sources = {
  patchSize: ['widths'],
  strides: ['patchSize', 'widths'],
  widths: ['patchSize', 'strides'],
  batchSize: ['patchSize', 'strides', 'widths'],
} as const satisfies Partial<Record<keyof PlanValues, readonly (keyof PlanValues)[]>>;
const chain = Object.keys(sources) as (keyof typeof sources)[];

const changesShape = (values: Partial<PlanValues>): boolean => chain.some((field) => values[field] !== undefined);

type Shape = Pick<Plan, (typeof chain)[number] | 'pools' | 'kernels' | 'estimate'>;

/** Patch, strides, widths and batch, each from the rules unless it is given. */
function resolve(version: PlannerVersion, input: RuleInput, given: Partial<PlanValues>): Shape {
  const rules = plannerRules[version];
  const stages = given.strides === undefined ? given.widths?.length : undefined;
  const fitted =
    given.patchSize === undefined
      ? fittedPatch(version, input, stages)
      : { ...topology(version, input.spacing, given.patchSize, stages), reductions: 0 };
  if (stages !== undefined) requireStages(stages, given.patchSize ?? fitted.patchSize, fitted);
  const patchSize = given.patchSize ?? fitted.patchSize;
  const { pools, strides, kernels } = given.strides === undefined ? fitted : byStrides(given.strides);
  if (given.strides === undefined) requireDivisible(patchSize, fitted);
  const widths = given.widths ?? rules.widths(strides.length);
  checkNetwork({ patchSize, strides, widths });
  const estimate = rules.estimate(input, patchSize, strides, widths, fitted.reductions > 0);
  const batchSize = given.batchSize ?? batchFor(version, input, patchSize, estimate);
  return { patchSize, strides, widths, batchSize, pools, kernels, estimate };
}

/** Each width is a stage, and a patch has only so many. */
function requireStages(stages: number, patch: Pair, { strides }: Topology): void {
  if (strides.length >= stages) return;
  throw new LulcError(
    'invalid-argument',
    `${stages} widths, but a patch of ${patch.join(' x ')} allows ${strides.length} stages`,
    {
      where: { field: 'widths' },
      hint: `No map may have fewer than ${smallestEdge} pixels along an axis: give at most ${strides.length} widths, or overrule patchSize, too.`,
    },
  );
}

/** A patch that was asked for is not enlarged in silence. */
function requireDivisible(patch: Pair, shape: Topology): void {
  if (shape.patchSize.every((side, axis) => side === patch[axis])) return;
  throw new LulcError(
    'invalid-argument',
    `a patch of ${patch.join(' x ')} cannot be halved ${shape.pools.join(' and ')} times`,
    {
      where: { field: 'patchSize' },
      hint: `The next larger one is ${shape.patchSize.join(' x ')}; or overrule widths, as many as there are to be stages, or strides.`,
    },
  );
}

function byStrides(strides: readonly Pair[]): Omit<Topology, 'patchSize'> {
  const halvings = (axis: 0 | 1): number => strides.reduce((count, stride) => count + Math.log2(stride[axis]), 0);
  return { strides, pools: [halvings(0), halvings(1)], kernels: strides.map(() => [3, 3]) };
}

function changesBetween(
  before: Plan,
  after: Plan,
  given: ReadonlyMap<keyof PlanValues, PlanOverride>,
): readonly PlanChange[] {
  const earlier = new Map(before.changes.map((change) => [change.field, change]));
  const fields = [...new Set([...before.changes.map(({ field }) => field), ...given.keys(), ...chain])];
  return fields.flatMap((field): PlanChange[] => {
    const planned = earlier.get(field)?.planned ?? before[field];
    const [value, override] = [after[field], given.get(field)];
    if (same(value, planned)) return [];
    if (override === undefined && same(value, before[field])) return [earlier.get(field) as PlanChange];
    if (override !== undefined) return [{ field, planned, value, reason: override.reason }];
    const upstream = sources[field as keyof typeof sources].filter((other) => given.has(other));
    return [{ field, planned, value, reason: `follows from ${upstream.join(', ')}`, follows: true }];
  });
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether z-scores leave empty pixels out. */
export const masksZScores = (normalization: Normalization): boolean =>
  normalization.some((band) => band.scheme === 'image-z-score' && band.nodata !== undefined);

function normalizationOf({
  fingerprint,
  variant,
  normalization: wanted = 'image-z-score',
}: PlanOptions): Normalization {
  const isReady = (list: readonly unknown[]): list is Normalization => list.every((item) => typeof item === 'object');
  return typeof wanted === 'string' || !isReady(wanted) ? normalizationFor(fingerprint, wanted, variant) : wanted;
}

function medianPair(pairs: readonly Pair[]): Pair {
  return [median(pairs.map(([first]) => first)), median(pairs.map(([, second]) => second))];
}

/** Median size once every case has the median spacing; v1 rounds it. */
function medianSizeOf(version: PlannerVersion, { shapes, spacings }: Fingerprint, target: Pair): Pair {
  const resampled = shapes.map(
    (shape, i): Pair => [
      roundHalfToEven((shape[0] * spacings[i][0]) / target[0]),
      roundHalfToEven((shape[1] * spacings[i][1]) / target[1]),
    ],
  );
  const [height, width] = medianPair(resampled);
  return version === 'v1' ? [roundHalfToEven(height), roundHalfToEven(width)] : [height, width];
}
