import type { Normalization } from '@lulc/core';

/** Which rules: those of nnU-Net v2 (2.8), or of v1 (1.7), which the cloud papers probably ran. */
export type PlannerVersion = 'v2' | 'v1';

/** What a planner may be overruled in, and what "reduced" plans overrule. */
export interface PlanValues {
  /** `[height, width]` of a training sample. */
  readonly patchSize: readonly [number, number];
  /** Samples per step. */
  readonly batchSize: number;
  /** Per stage of the encoder, by how much it shrinks the map (`[1, 1]` for the first). */
  readonly strides: readonly (readonly [number, number])[];
  /** Per stage of the encoder, its channels. */
  readonly widths: readonly number[];
  /** How images are brought to the numbers the network sees. */
  readonly normalization: Normalization;
  /** Passes of `iterations` steps. */
  readonly epochs: number;
  /** Steps of an epoch. */
  readonly iterations: number;
  /** Batches of a validation. */
  readonly validationIterations: number;
  /** Base learning rate. */
  readonly learningRate: number;
  /** Share of a batch whose patches are centred on a pixel of a class that is not the background. */
  readonly foregroundShare: number;
  /** Whether coarser levels of the decoder are judged, too. */
  readonly deepSupervision: boolean;
}

/** A planned value that was overruled. */
export interface PlanChange {
  /** Which. */
  readonly field: keyof PlanValues;
  /** What the rules gave. */
  readonly planned: PlanValues[keyof PlanValues];
  /** What holds instead. */
  readonly value: PlanValues[keyof PlanValues];
  /** Why: one sentence. */
  readonly reason: string;
  /** True when nobody asked for it: it follows from another change. */
  readonly follows?: boolean;
}

/** A value that is to hold instead of the planned one. */
export type PlanOverride = {
  [Field in keyof PlanValues]: {
    /** Which. */
    readonly field: Field;
    /** What is to hold. */
    readonly value: PlanValues[Field];
    /** Why: one sentence, kept with the plan. */
    readonly reason: string;
  };
}[keyof PlanValues];

/** Everything that is decided before training, and where it came from. Plain data. */
export interface Plan extends PlanValues {
  /** Which rules. */
  readonly version: PlannerVersion;
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in index order; the first is the background. */
  readonly classes: readonly string[];
  /** Name of the dataset. */
  readonly dataset: string;
  /** Median `[height, width]` of the cases. */
  readonly medianSize: readonly [number, number];
  /** Number of training cases. */
  readonly cases: number;
  /** Whether some pixels are of no known class; the rules count them as one class more. */
  readonly hasIgnored: boolean;
  /** Median `[vertical, horizontal]` spacing of the pixels; `[1, 1]` for images. */
  readonly spacing: readonly [number, number];
  /** Whether z-scores of an image are of its pixels with data only; what pixels these are stands in `normalization`. */
  readonly maskedNormalization: boolean;
  /** Halvings of the patch per axis. */
  readonly pools: readonly [number, number];
  /** Per stage of the encoder, `[height, width]` of its kernels: `[3, 3]` everywhere unless spacings differ twofold. */
  readonly kernels: readonly (readonly [number, number])[];
  /** The rules' memory estimate of patch, strides and widths, in elements. */
  readonly estimate: number;
  /** Memory the plan was made for, in GB. */
  readonly memoryGb: number;
  /** Values that are not the rules', with reasons. `'reduced'` plans have some. */
  readonly changes: readonly PlanChange[];
}
