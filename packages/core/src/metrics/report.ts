/** What a class without a single positive sample does to macro averages: counts as 0 (reference, Q33), or is left out. */
export type ZeroSupportRule = 'as-zero' | 'exclude';

/** Scores between 0 and 1; 0/0 is 0. */
export interface Scores {
  /** TP / (TP + FP). */
  readonly precision: number;
  /** TP / (TP + FN). */
  readonly recall: number;
  /** TP / (TP + FP + FN): what the benchmark calls "accuracy". */
  readonly jaccard: number;
  /** 2PR / (P + R). */
  readonly f1: number;
  /** 5PR / (4P + R): recall counts four times. */
  readonly f2: number;
}

/** Outcomes of one class over the whole set. */
export interface ClassCounts {
  /** True positives. */
  readonly tp: number;
  /** False positives. */
  readonly fp: number;
  /** False negatives. */
  readonly fn: number;
  /** True negatives. */
  readonly tn: number;
}

/** One row of a per-class table. */
export interface ClassReport extends Scores, ClassCounts {
  /** Class name. */
  readonly name: string;
  /** Samples in which the class holds. */
  readonly support: number;
}

/** One row of a multi-label per-class table. */
export interface MultiLabelClassReport extends ClassReport {
  /** Area under the precision-recall steps; 0 without positives. */
  readonly averagePrecision: number;
}

/** Scores and average precision, averaged over classes (macro) or over all decisions (micro). */
export interface MultiLabelScores extends Scores {
  /** Average precision. */
  readonly averagePrecision: number;
}

/** Multi-label metrics of a whole set, exact. */
export interface MultiLabelReport {
  /** Kind of report. */
  readonly task: 'multi-label';
  /** Number of samples seen. */
  readonly samples: number;
  /** Scores at or above it are positive. */
  readonly threshold: number;
  /** How classes without support entered `macro`. */
  readonly zeroSupport: ZeroSupportRule;
  /** From the summed counts of all classes. */
  readonly micro: MultiLabelScores;
  /** Mean of the per-class values. */
  readonly macro: MultiLabelScores;
  /** One row per class, in class order. */
  readonly perClass: readonly MultiLabelClassReport[];
}

/** Single-label metrics of a whole set, exact. */
export interface SingleLabelReport {
  /** Kind of report. */
  readonly task: 'single-label';
  /** Number of samples seen. */
  readonly samples: number;
  /** How classes without support entered `macro`. */
  readonly zeroSupport: ZeroSupportRule;
  /** Share of samples whose highest score is at the true class. */
  readonly accuracy: number;
  /** Cohen's kappa: agreement beyond chance. */
  readonly kappa: number;
  /** `confusion[true][predicted]`, counts. */
  readonly confusion: readonly (readonly number[])[];
  /** Mean of the per-class values. */
  readonly macro: Scores;
  /** One row per class, in class order. */
  readonly perClass: readonly ClassReport[];
}

/** Metrics of a classifier over a whole set; `task` tells which kind. Plain data, fit for JSON. */
export type MetricReport = MultiLabelReport | SingleLabelReport;
