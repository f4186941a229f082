import { LulcError, roundHalfToEven } from '@lulc/core';
import type { PlannerVersion } from './plan.js';
import { type Pair, smallestEdge, type Topology, topology } from './topology.js';

/** What the rules are applied to. */
export interface RuleInput {
  /** Median size of the cases, in pixels; halves are possible. */
  readonly medianSize: Pair;
  /** Median spacing of the pixels. */
  readonly spacing: Pair;
  /** Training cases. */
  readonly cases: number;
  /** Bands. */
  readonly channels: number;
  /** Entries of the dataset's labels: classes, and one for pixels to be ignored. */
  readonly labels: number;
  /** Memory to plan for. */
  readonly memoryGb: number;
}

/** Where a network of a patch comes from, and what memory it is estimated to take. */
export interface RulesOfVersion {
  /** The patch before it is shrunk to fit. */
  firstPatch(input: RuleInput): Pair;
  /** Channels per stage of the network that is built. */
  widths(stages: number): readonly number[];
  /** Memory estimate in elements. `shrunk`: the patch had to be shrunk (v1 estimates differently then). */
  estimate(input: RuleInput, patch: Pair, strides: readonly Pair[], widths: readonly number[], shrunk: boolean): number;
  /** Largest estimate at which the smallest batch fits. */
  limit(memoryGb: number): number;
  /** Samples per step that fit. */
  batch(estimate: number, memoryGb: number): number;
  /** Samples per step at least. */
  readonly smallestBatch: number;
}

/** Memory that the references of both versions stand for. */
const referenceGb = 8;
/** v2: a step of 12 samples of so many elements takes the reference memory. */
const v2Reference = { elements: 85_000_000, batch: 12 };
/** v1: a step of 2 samples of so many elements does. */
const v1Reference = (19_739_648 * 50) / 2;

/** Largest share of the dataset's pixels that a batch may hold. */
const largestShare = 0.05;
/** Side of v2's first patch when both axes are alike. */
const firstSide = 2048;

const area = ([height, width]: Pair): number => height * width;

/** Widths that double from `base` up to `cap`. */
export const doubling = (base: number, cap: number, stages: number): number[] =>
  Array.from({ length: stages }, (_, stage) => Math.min(cap, base * 2 ** stage));

/** Elements of each stage's maps. */
function mapSizes(patch: Pair, strides: readonly Pair[], widths: readonly number[]): number[] {
  let [height, width] = patch;
  return strides.map(([down, across], stage) => {
    height = Math.floor(height / down);
    width = Math.floor(width / across);
    return widths[stage] * height * width;
  });
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The rules of both versions (spec 3.3, 3.5). */
export const plannerRules: Readonly<Record<PlannerVersion, RulesOfVersion>> = {
  v2: {
    firstPatch: ({ medianSize, spacing }) => {
      const scale = Math.sqrt(firstSide ** 2 * area(spacing));
      const side = (axis: 0 | 1): number => Math.min(roundHalfToEven(scale / spacing[axis]), medianSize[axis]);
      return [side(0), side(1)];
    },
    widths: (stages) => doubling(32, 512, stages),
    estimate: ({ labels }, patch, strides, widths) => {
      const maps = mapSizes(patch, strides, widths);
      return 2 * sum(maps) + 3 * sum(maps.slice(0, -1)) + labels * area(patch);
    },
    limit: (memoryGb) => (v2Reference.elements * (memoryGb / referenceGb) * v2Reference.batch) / 2,
    batch: (estimate, memoryGb) =>
      roundHalfToEven(((v2Reference.elements * (memoryGb / referenceGb)) / estimate) * v2Reference.batch),
    smallestBatch: 2,
  },
  v1: {
    firstPatch: ({ medianSize }) => medianSize,
    widths: (stages) => doubling(32, 480, stages),
    // The published planner pretends to 30 channels, but to 32 as soon as a patch is being shrunk; never to the cap of 480.
    estimate: ({ channels, labels }, patch, strides, widths, shrunk) => {
      const usual = widths.every((width, stage) => width === Math.min(480, 32 * 2 ** stage));
      const pretended = usual ? doubling(shrunk ? 32 : 30, 512, strides.length) : widths;
      const maps = mapSizes(patch, strides, pretended);
      return 2 * sum(maps) + 3 * sum(maps.slice(0, -1)) + (channels + labels) * area(patch);
    },
    limit: (memoryGb) => v1Reference * (memoryGb / referenceGb),
    batch: (estimate, memoryGb) => 2 * Math.floor((v1Reference * (memoryGb / referenceGb)) / estimate),
    smallestBatch: 1,
  },
};

/** The patch that the rules arrive at. */
export interface FittedPatch extends Topology {
  /** How often it was shrunk. */
  readonly reductions: number;
}

/**
 * The patch that fits the memory: the first one, shrunk along the axis that is largest beside the cases' median until the
 * estimate allows the smallest batch.
 *
 * @param stages of the network at most
 * @throws LulcError `invalid-argument` when no patch fits
 */
export function fittedPatch(version: PlannerVersion, input: RuleInput, stages?: number): FittedPatch {
  const rules = plannerRules[version];
  const { spacing, medianSize } = input;
  const limit = rules.limit(input.memoryGb);
  let shape = topology(version, spacing, rules.firstPatch(input), stages);
  for (let reductions = 0; ; reductions++) {
    const widths = rules.widths(shape.strides.length);
    if (rules.estimate(input, shape.patchSize, shape.strides, widths, reductions > 0) <= limit) {
      return { ...shape, reductions };
    }
    const axis = shape.patchSize[0] / medianSize[0] > shape.patchSize[1] / medianSize[1] ? 0 : 1;
    // The trial only tells the divisor, so that no valid size is skipped: 224 lies between 256 and 192.
    const trial = topology(version, spacing, without(shape.patchSize, axis, 2 ** shape.pools[axis]), stages);
    const next = without(shape.patchSize, axis, 2 ** trial.pools[axis]);
    if (next[axis] < smallestEdge) {
      throw new LulcError('invalid-argument', `no patch fits ${input.memoryGb} GB`, {
        where: { option: 'memoryGb' },
        hint: 'Plan for more memory, and reduce the plan then.',
      });
    }
    shape = topology(version, spacing, next, stages);
  }
}

const without = (patch: Pair, axis: 0 | 1, pixels: number): Pair =>
  axis === 0 ? [patch[0] - pixels, patch[1]] : [patch[0], patch[1] - pixels];

/** Samples per step: as many as fit, but no more than a twentieth of the dataset's pixels. */
export function batchFor(version: PlannerVersion, input: RuleInput, patch: Pair, estimate: number): number {
  const { batch, smallestBatch } = plannerRules[version];
  const cap = roundHalfToEven((area(input.medianSize) * input.cases * largestShare) / area(patch));
  return Math.max(Math.min(batch(estimate, input.memoryGb), cap), smallestBatch);
}
