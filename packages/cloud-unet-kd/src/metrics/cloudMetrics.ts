import { LulcError, requireCount } from '@lulc/core';
import { ignoreLabel } from '@lulc/core/segmentation';
import { type EmptyRule, emptyRules, type MeanCloudScores, meanScores } from './aggregate.js';
import { withoutBorders } from './boundary.js';
import { type CoverReport, coverReport } from './cover.js';
import { type CloudCurves, curvesOf } from './curves.js';
import { addCounts, type CloudCounts, type CloudScores, cloudScores } from './scores.js';

/** Options of {@link cloudMetrics}. */
export interface CloudMetricsOptions {
  /** Class indices that are cloud; every other is clear. Default `[1]`. */
  readonly cloud?: readonly number[];
  /** A pixel is cloud when its probability is at least this. Default 0.5. */
  readonly threshold?: number;
  /** Pixels on each side of a true border that a second set of scores leaves out. Default 0: no second set. */
  readonly ring?: number;
  /** Covers up to which a chip would be sent. Default `[0.5]`. */
  readonly coverThresholds?: readonly number[];
  /** Levels by which probabilities are counted for the curves. Default 1024; whole powers of two make every threshold exact. */
  readonly levels?: number;
}

/** One chip, or a whole scene: its truth, and what was said about it. */
export interface JudgedChip {
  /** Identity. */
  readonly id: string;
  /** Location or scene; chips of a group are pooled for the mean over groups. Default: the chip is a group of its own. */
  readonly group?: string | undefined;
  /** True class of each pixel, row-major, or 255 where it is unknown: not counted. */
  readonly truth: ArrayLike<number>;
  /** `[height, width]`. */
  readonly shape: readonly [height: number, width: number];
  /** Predicted class of each pixel, or 255 where nothing is predicted: not counted, but told. Default: from `probability`. */
  readonly predicted?: ArrayLike<number>;
  /** Probability of cloud of each pixel, 0 … 1; needed for curves. NaN where nothing is predicted. */
  readonly probability?: ArrayLike<number>;
}

/** Counts of one chip. */
export interface ChipCounts extends CloudCounts {
  /** Identity. */
  readonly id: string;
  /** Its location or scene. */
  readonly group: string;
}

/** Counts of one location or scene. */
export interface GroupScores extends CloudScores, CloudCounts {
  /** Name. */
  readonly group: string;
  /** Chips of it. */
  readonly chips: number;
}

/** Everything that {@link CloudMetrics} counted: plain data, to be sent from workers and stored. */
export interface CloudTally {
  /** Of each chip. */
  readonly chips: readonly ChipCounts[];
  /** Of each chip, without the pixels near borders; empty when `ring` is 0. */
  readonly inner: readonly CloudCounts[];
  /** Pixels of unknown class. */
  readonly ignored: number;
  /** Pixels of known class for which nothing was predicted. */
  readonly unpredicted: number;
  /** Cloudy pixels by level of probability; empty when none was given. */
  readonly cloudLevels: readonly number[];
  /** Clear pixels by level of probability. */
  readonly clearLevels: readonly number[];
}

/** Scores in every aggregation. */
export interface CloudReport {
  /** Chips seen. */
  readonly chips: number;
  /** Pixels that counted. */
  readonly pixels: number;
  /** Pixels of unknown class. */
  readonly ignored: number;
  /** Pixels of known class for which nothing was predicted. */
  readonly unpredicted: number;
  /** Probability from which a pixel was cloud. */
  readonly threshold: number;
  /** All pixels together. */
  readonly counts: CloudCounts;
  /** Scores of all pixels together: On Cloud N's official way. */
  readonly micro: CloudScores;
  /** Means over chips, by rule for scores that are 0/0. */
  readonly macroByChip: Readonly<Record<EmptyRule, MeanCloudScores>>;
  /** Means over locations or scenes, whose chips are pooled: 38-Cloud's official way. */
  readonly macroByGroup: Readonly<Record<EmptyRule, MeanCloudScores>>;
  /** Each location or scene, in order of appearance. */
  readonly groups: readonly GroupScores[];
  /** Scores without the pixels near borders; undefined when `ring` is 0. */
  readonly inner:
    | {
        /** Pixels left out on each side of a border. */
        readonly ring: number;
        /** Pixels that counted. */
        readonly pixels: number;
        /** All of these together. */
        readonly micro: CloudScores;
      }
    | undefined;
  /** How well the share of cloud per chip is told. */
  readonly cover: CoverReport;
  /** Curves over all pixels; undefined when probabilities were not given, or pixels are all of one class. */
  readonly curves: CloudCurves | undefined;
}

/** Scores of cloud masks, fed chip by chip. Memory: four numbers per chip, and the levels. */
export interface CloudMetrics {
  /**
   * Adds a chip. Nothing of it is counted when it is refused.
   *
   * @returns its counts
   * @throws LulcError `shape-mismatch` for lengths that differ, `invalid-argument` for probabilities outside 0 … 1 or a chip
   *   without prediction
   */
  update(chip: JudgedChip): ChipCounts;
  /**
   * Adds what another instance with the same options counted.
   *
   * @throws LulcError `incompatible` for another number of levels
   */
  merge(tally: CloudTally): void;
  /** Everything counted so far. */
  tally(): CloudTally;
  /** The scores of everything fed so far. */
  report(): CloudReport;
}

/**
 * Streaming scores of cloud masks in the ways that benchmarks count (spec 9): all pixels together, means over chips and over
 * locations or scenes with each rule for empty masks, without borders, the error of the cover of each chip and what a
 * decision by it costs, and precision-recall and ROC curves.
 *
 * @param options what is cloud, and what to report
 * @throws LulcError `invalid-argument` for options out of range
 * @example
 * ```ts
 * import { cloudMetrics } from '@lulc/cloud-unet-kd';
 *
 * const metrics = cloudMetrics();
 * metrics.update({ id: 'a', group: 'Oslo', shape: [1, 4], truth: [1, 1, 0, 255], probability: [0.9, 0.4, 0.6, 0.2] });
 * metrics.update({ id: 'b', group: 'Oslo', shape: [1, 4], truth: [0, 0, 0, 0], probability: [0.1, 0.1, 0.2, 0.1] });
 * const { micro, macroByChip, cover } = metrics.report();
 * console.log(micro.jaccard, macroByChip.one.jaccard); // 0.3333333333333333 0.6666666666666666
 * console.log(cover.meanAbsoluteError); // 0
 * ```
 */
export function cloudMetrics(options: CloudMetricsOptions = {}): CloudMetrics {
  const { cloud = [1], threshold = 0.5, ring = 0, coverThresholds = [0.5], levels = 1024 } = options;
  requireCount({ levels });
  if (!Number.isInteger(ring) || ring < 0) throw outOfRange('ring', ring, 'a whole number from 0');
  for (const value of [threshold, ...coverThresholds]) {
    if (!(value >= 0 && value <= 1)) throw outOfRange('threshold', value, 'within 0 … 1');
  }
  const chips: ChipCounts[] = [];
  const inner: CloudCounts[] = [];
  const totals = { ignored: 0, unpredicted: 0 };
  const byLevel = { cloud: new Float64Array(levels), clear: new Float64Array(levels) };
  let hasLevels = false;

  return {
    update: (chip) => {
      const truth = binary(chip.truth, cloud);
      const predicted = predictionOf(chip, cloud, threshold);
      checkChip(chip, predicted);
      if (chip.probability !== undefined) {
        hasLevels = true;
        countLevels(truth, chip.probability, byLevel);
      }
      const counts = { id: chip.id, group: chip.group ?? chip.id, ...count(truth, predicted) };
      chips.push(counts);
      if (ring > 0) inner.push(count(withoutBorders(truth, chip.shape, ring), predicted));
      for (let i = 0; i < truth.length; i++) {
        if (truth[i] === ignoreLabel) totals.ignored++;
        else if (predicted[i] === ignoreLabel) totals.unpredicted++;
      }
      return counts;
    },
    merge: (tally) => {
      if (![0, levels].includes(tally.cloudLevels.length)) {
        throw new LulcError('incompatible', `the counts are of ${tally.cloudLevels.length} levels, not of ${levels}`);
      }
      for (const chip of tally.chips) chips.push(chip);
      for (const counts of tally.inner) inner.push(counts);
      totals.ignored += tally.ignored;
      totals.unpredicted += tally.unpredicted;
      hasLevels ||= tally.cloudLevels.length > 0;
      for (const [level, pixels] of tally.cloudLevels.entries()) byLevel.cloud[level] += pixels;
      for (const [level, pixels] of tally.clearLevels.entries()) byLevel.clear[level] += pixels;
    },
    tally: () => ({
      ...totals,
      chips: [...chips],
      inner: [...inner],
      cloudLevels: hasLevels ? [...byLevel.cloud] : [],
      clearLevels: hasLevels ? [...byLevel.clear] : [],
    }),
    report: () => {
      const groups = groupsOf(chips);
      const counts = addCounts(chips);
      const innerCounts = addCounts(inner);
      const histogram = {
        levels: Array.from({ length: levels }, (_, level) => level / levels),
        cloud: [...byLevel.cloud],
        clear: [...byLevel.clear],
      };
      return {
        chips: chips.length,
        pixels: pixelsOf(counts),
        ...totals,
        threshold,
        counts,
        micro: cloudScores(counts),
        macroByChip: byEachRule(chips),
        macroByGroup: byEachRule(groups),
        groups,
        inner: ring === 0 ? undefined : { ring, pixels: pixelsOf(innerCounts), micro: cloudScores(innerCounts) },
        cover: coverReport(chips, coverThresholds),
        curves: [histogram.cloud, histogram.clear].every(holdsAny) ? curvesOf(histogram) : undefined,
      };
    },
  };
}

const outOfRange = (option: string, value: number, wanted: string): LulcError =>
  new LulcError('invalid-argument', `${option} must be ${wanted}, got ${value}`, { where: { option } });

const holdsAny = (pixels: readonly number[]): boolean => pixels.some((value) => value > 0);

const pixelsOf = ({ tp, fp, fn, tn }: CloudCounts): number => tp + fp + fn + tn;

const byEachRule = (units: readonly CloudCounts[]): Readonly<Record<EmptyRule, MeanCloudScores>> =>
  Object.fromEntries(emptyRules.map((rule) => [rule, meanScores(units, rule)])) as Record<EmptyRule, MeanCloudScores>;

/** 1 cloud, 0 clear, 255 unknown. */
function binary(classes: ArrayLike<number>, cloud: readonly number[]): Uint8Array {
  const meaning = new Uint8Array(ignoreLabel + 1);
  for (const index of cloud) meaning[index] = 1;
  meaning[ignoreLabel] = ignoreLabel;
  return Uint8Array.from(classes, (value) => meaning[value]);
}

function predictionOf(
  { id, predicted, probability }: JudgedChip,
  cloud: readonly number[],
  threshold: number,
): Uint8Array {
  if (predicted !== undefined) return binary(predicted, cloud);
  if (probability === undefined) {
    throw new LulcError('invalid-argument', 'a chip has neither a predicted mask nor probabilities', {
      where: { chip: id },
    });
  }
  return Uint8Array.from(probability, (p) => (Number.isNaN(p) ? ignoreLabel : Number(p >= threshold)));
}

function checkChip({ id, truth, shape, probability }: JudgedChip, predicted: Uint8Array): void {
  const pixels = shape[0] * shape[1];
  const lengths = [truth.length, predicted.length, probability?.length ?? pixels];
  if (lengths.some((length) => length !== pixels)) {
    throw new LulcError('shape-mismatch', `truth, prediction and probabilities have ${lengths.join(', ')} pixels`, {
      where: { chip: id, shape: shape.join(' x ') },
    });
  }
  for (let i = 0; i < (probability?.length ?? 0); i++) {
    const p = (probability as ArrayLike<number>)[i];
    if (p < 0 || p > 1) {
      throw new LulcError('invalid-argument', `a probability is ${p}`, { where: { chip: id, pixel: i } });
    }
  }
}

function count(truth: Uint8Array, predicted: Uint8Array): CloudCounts {
  const cells = new Float64Array(4);
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== ignoreLabel && predicted[i] !== ignoreLabel) cells[2 * truth[i] + predicted[i]]++;
  }
  const [tn, fp, fn, tp] = cells;
  return { tp, fp, fn, tn };
}

function countLevels(
  truth: Uint8Array,
  probability: ArrayLike<number>,
  byLevel: Readonly<Record<'cloud' | 'clear', Float64Array>>,
): void {
  const levels = byLevel.cloud.length;
  for (let i = 0; i < truth.length; i++) {
    const p = probability[i];
    if (truth[i] === ignoreLabel || Number.isNaN(p)) continue;
    byLevel[truth[i] === 1 ? 'cloud' : 'clear'][Math.min(levels - 1, Math.floor(p * levels))]++;
  }
}

function groupsOf(chips: readonly ChipCounts[]): readonly GroupScores[] {
  const members = new Map<string, ChipCounts[]>();
  for (const chip of chips) {
    const list = members.get(chip.group);
    if (list === undefined) members.set(chip.group, [chip]);
    else list.push(chip);
  }
  return [...members].map(([group, list]) => {
    const counts = addCounts(list);
    return { group, chips: list.length, ...counts, ...cloudScores(counts) };
  });
}
