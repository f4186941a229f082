import { mean } from './aggregate.js';
import type { CloudCounts } from './scores.js';

/** What comes of sending only the chips whose predicted cover is at most a threshold. */
export interface DownlinkDecision {
  /** Largest cover with which a chip is sent, 0 … 1. */
  readonly threshold: number;
  /** Chips with no more cover than that in truth, and sent. */
  readonly clearKept: number;
  /** Chips with no more cover than that in truth, and lost. */
  readonly clearDropped: number;
  /** Chips with more cover in truth, and sent in vain. */
  readonly cloudyKept: number;
  /** Chips with more cover in truth, and not sent. */
  readonly cloudyDropped: number;
  /** Share of right decisions; null without chips. */
  readonly accuracy: number | null;
  /** Share of the clear chips that are lost; null without clear chips. */
  readonly lost: number | null;
  /** Share of all chips that need not be sent; null without chips. */
  readonly saved: number | null;
}

/** How well the share of cloud of each chip is told. Chips without a pixel that counts are left out. */
export interface CoverReport {
  /** Chips that counted. */
  readonly chips: number;
  /** Mean true cover, 0 … 1; null without chips. */
  readonly meanTrue: number | null;
  /** Mean predicted cover. */
  readonly meanPredicted: number | null;
  /** Mean distance of predicted and true cover. */
  readonly meanAbsoluteError: number | null;
  /** Mean of predicted minus true cover: above 0 where cloud is overestimated. */
  readonly bias: number | null;
  /** Root of the mean squared error. */
  readonly rootMeanSquareError: number | null;
  /** For each threshold asked for. */
  readonly decisions: readonly DownlinkDecision[];
}

/** True and predicted share of cloud. */
export interface Cover {
  /** 0 … 1. */
  readonly truth: number;
  /** 0 … 1. */
  readonly predicted: number;
}

/** Cover of a chip; undefined without a pixel that counts. */
export function coverOf({ tp, fp, fn, tn }: CloudCounts): Cover | undefined {
  const all = tp + fp + fn + tn;
  return all === 0 ? undefined : { truth: (tp + fn) / all, predicted: (tp + fp) / all };
}

/** The report over chips. */
export function coverReport(chips: readonly CloudCounts[], thresholds: readonly number[]): CoverReport {
  const covers = chips.flatMap((counts) => coverOf(counts) ?? []);
  const errors = covers.map(({ truth, predicted }) => predicted - truth);
  const square = mean(errors.map((error) => error ** 2));
  return {
    chips: covers.length,
    meanTrue: mean(covers.map(({ truth }) => truth)),
    meanPredicted: mean(covers.map(({ predicted }) => predicted)),
    meanAbsoluteError: mean(errors.map(Math.abs)),
    bias: mean(errors),
    rootMeanSquareError: square === null ? null : Math.sqrt(square),
    decisions: thresholds.map((threshold) => decide(covers, threshold)),
  };
}

function decide(covers: readonly Cover[], threshold: number): DownlinkDecision {
  const count = (clear: boolean, kept: boolean): number =>
    covers.filter(({ truth, predicted }) => truth <= threshold === clear && predicted <= threshold === kept).length;
  const clearKept = count(true, true);
  const clearDropped = count(true, false);
  const cloudyKept = count(false, true);
  const cloudyDropped = count(false, false);
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return {
    threshold,
    clearKept,
    clearDropped,
    cloudyKept,
    cloudyDropped,
    accuracy: share(clearKept + cloudyDropped, covers.length),
    lost: share(clearDropped, clearKept + clearDropped),
    saved: share(clearDropped + cloudyDropped, covers.length),
  };
}
