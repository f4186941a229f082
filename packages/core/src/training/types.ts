import type { Rank, Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { CaptureStatus } from '../ops/capture.js';
import type { CheckpointStore } from './checkpointStore.js';
import type { OptimizerName, OptimizerSpec } from './optimizerSpec.js';
import type { ScheduleName, ScheduleSpec } from './schedule.js';

/** How gradients are bounded before the update. Both may be given; values are clipped first. */
export interface ClipOptions {
  /** Largest allowed norm of the whole gradient, > 0; a longer one is scaled down to it. */
  readonly globalNorm?: number;
  /** Largest allowed magnitude of a gradient element, > 0. */
  readonly value?: number;
}

/** Exponential moving average of the weights. */
export interface EmaOptions {
  /** Share of the old average kept at each step, 0 ≤ decay < 1; typical 0.99 to 0.9999. */
  readonly decay: number;
  /** Limits the decay to `(1 + step) / (10 + step)`, so that early weights fade from short runs; default true. */
  readonly warmup?: boolean;
}

/** When to stop early, and which epoch counts as the best. */
export interface EarlyStoppingOptions {
  /** Validated epochs without improvement after which training stops, ≥ 1. */
  readonly patience: number;
  /** Smallest change that counts as an improvement, ≥ 0; default 0. */
  readonly minDelta?: number;
}

/** Which metric names the best epoch. */
export interface MonitorOptions {
  /** A key of {@link EpochRecord.metrics}, or `'trainLoss'`. */
  readonly metric: string;
  /** Whether lower or higher is better. */
  readonly mode: 'min' | 'max';
  /**
   * Share of the old value in a moving average that is judged instead of the metric itself, 0 ≤ smoothing < 1:
   * `smoothing·old + (1 − smoothing)·new`, the first value as it is (nnU-Net: 0.9). Default 0.
   */
  readonly smoothing?: number;
}

/** When and where checkpoints are written. */
export interface CheckpointOptions {
  /** Where they are kept. */
  readonly store: CheckpointStore;
  /** Optimiser steps between checkpoints, counted over the run; default none but at epochs. */
  readonly everySteps?: number;
  /** Epochs between checkpoints; default 1. One is also written at the end and on abort. */
  readonly everyEpochs?: number;
  /** How many of the newest are kept, ≥ 1; default 2, so that one is left when the newest is damaged. */
  readonly keepLast?: number;
  /**
   * `'auto'` (default): go on from the newest good checkpoint, start anew when there is none. `'require'`: there must be
   * one. `'never'`: start anew; existing checkpoints are replaced as new ones are written.
   */
  readonly resume?: 'auto' | 'require' | 'never';
}

/** What every training run can be told, whatever it trains. */
export interface LoopOptions {
  /** Passes over the training data, ≥ 1. On resuming it may differ; the schedule then follows the new length. */
  readonly epochs: number;
  /** Base learning rate, > 0; default 1e-3. */
  readonly learningRate?: number;
  /** Default `'adamw'`. A name stands for its defaults. */
  readonly optimizer?: OptimizerName | OptimizerSpec;
  /** Default `'cosine'`. A name stands for its defaults. */
  readonly schedule?: Extract<ScheduleName, 'constant' | 'cosine' | 'poly'> | ScheduleSpec;
  /** Micro-batches whose gradients are averaged into one step, ≥ 1; default 1. */
  readonly accumulate?: number;
  /** Default: no clipping. */
  readonly clip?: ClipOptions;
  /** Default: none. When on, the averaged weights are the ones that are evaluated, kept as best and left in the model. */
  readonly ema?: EmaOptions;
  /**
   * `'auto'` (default): an engine that can do so records the step and replays it in one native call; the numbers are the
   * same within rounding. `'off'`: each operation is called anew.
   */
  readonly capture?: 'auto' | 'off';
  /**
   * Factor on the loss while gradients are made, halved when they overflow (such a step changes nothing and reports
   * gradient norm 0) and doubled after 2,000 good steps. `'auto'` (default): on engines that compute in fp16.
   */
  readonly lossScaling?: 'auto' | 'dynamic' | 'off';
  /** Seed of everything random in the step (dropout …); default 42. */
  readonly seed?: number;
  /** Epochs between validations; the last epoch is always validated; default 1. */
  readonly validateEvery?: number;
  /** Which metric names the best epoch; has a default where the kind of training knows one. */
  readonly monitor?: MonitorOptions;
  /** Default: train all epochs. */
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Whether the best epoch's weights are put back at the end; default true when there is validation. */
  readonly restoreBest?: boolean;
  /** Default: none are written. */
  readonly checkpoints?: CheckpointOptions;
  /** On abort a checkpoint is written (when there is a store) and the run returns with `stopped: 'aborted'`. */
  readonly signal?: AbortSignal;
  /** Further settings that must be the same when the run goes on (seed and augmentation of the loader …); plain data. */
  readonly fingerprint?: Readonly<Record<string, unknown>>;
  /** Told of everything that happens, in order: logs, progress bars, your own. */
  readonly listeners?: readonly TrainingListener[];
}

/** Data of any kind, in the order and with the resume contract of a `BatchSource`. */
export interface TrainingSource<B> {
  /** Batches of one epoch. */
  readonly stepsPerEpoch: number;
  /**
   * The batches of one epoch from a given one on; the same whether or not earlier ones were asked for.
   *
   * @param epoch from 0
   * @param fromStep first batch, from 0
   */
  epoch(epoch: number, fromStep?: number): AsyncIterable<B>;
}

/** A variable under a name that is the same in every process. */
export interface NamedVariable {
  /** Stable, unique, readable path, e.g. `stage2/unit1/conv1/kernel`. */
  readonly name: string;
  /** The variable itself. */
  readonly variable: Variable<Rank>;
  /** Factor on the learning rate (of decoupled decay, too), at least 0; default 1. */
  readonly rate?: number;
}

/** What {@link runTraining} trains: any variables, any data, any loss. */
export interface TrainingProblem<B> {
  /** Where the batches come from. The caller closes it. */
  readonly source: TrainingSource<B>;
  /** Variables that get gradients. */
  readonly weights: readonly NamedVariable[];
  /** Variables that `loss` changes by itself (moving statistics, queues); they belong to checkpoints. */
  readonly state?: readonly NamedVariable[];
  /**
   * The loss of a micro-batch, made of differentiable ops; runs in a tidy scope with a random stream of its own.
   *
   * @param batch one micro-batch
   * @param tensors what `tensors` made of it; empty without that
   * @returns mean loss over the batch
   */
  loss(batch: B, tensors: readonly Tensor[]): Scalar;
  /**
   * Makes the tensors of a micro-batch that `loss` depends on; freed after the step. With it the loss must depend on
   * nothing else that changes from step to step, so that an engine which can do so records the step and replays it.
   *
   * @param batch one micro-batch
   */
  tensors?(batch: B): Tensor[];
  /**
   * Number of samples in a batch, for throughput.
   *
   * @param batch one micro-batch
   */
  samples(batch: B): number;
  /**
   * Called with the weights to be judged in place.
   *
   * @param signal the run's signal
   * @returns named metrics
   */
  validate?(signal: AbortSignal | undefined): Promise<Readonly<Record<string, number>>>;
  /** What `validate` reports, where that is known beforehand: a monitor that names something else is refused at once. */
  readonly metricNames?: readonly string[];
  /** The monitor used when the options name none; without either no epoch is best and the last weights are kept. */
  readonly defaultMonitor?: MonitorOptions;
  /** Further facts that must not change between a run and its resumption (loss, batch size, data …); plain data. */
  readonly fingerprint?: Readonly<Record<string, unknown>>;
}

/** One epoch, as logged and as kept in the history. */
export interface EpochRecord {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Optimiser steps done since the run began. */
  readonly step: number;
  /** Mean training loss over the epoch's micro-batches. */
  readonly trainLoss: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Validation metrics; empty when not validated. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Wall time of the epoch's steps, with waiting for data, without validation and checkpoints. */
  readonly trainSeconds: number;
  /** The part of `trainSeconds` spent waiting for data. */
  readonly dataSeconds: number;
  /** Wall time of the validation. */
  readonly validationSeconds: number;
  /** Training samples per second of `trainSeconds`. */
  readonly imagesPerSecond: number;
}

/** The best epoch so far. */
export interface BestEpoch {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** The monitored metric. */
  readonly metric: string;
  /** Its value; its moving average where the monitor is smoothed. */
  readonly value: number;
}

/** How a run ended and what it left. */
export interface TrainResult {
  /** `'completed'`: all epochs; `'early'`: patience ran out; `'aborted'`: the signal, with a checkpoint to go on from. */
  readonly stopped: 'completed' | 'early' | 'aborted';
  /** Whole epochs done, with those before a resumption. */
  readonly epochs: number;
  /** Optimiser steps done, with those before a resumption. */
  readonly steps: number;
  /** One record per whole epoch. */
  readonly history: readonly EpochRecord[];
  /** The best epoch by the monitored metric, where one was monitored. */
  readonly best: BestEpoch | undefined;
  /** Training samples per second over all training time of the run. */
  readonly imagesPerSecond: number;
  /** Training time of the run in seconds, with what was spent before a resumption. */
  readonly trainSeconds: number;
  /**
   * Whether the engine recorded and replayed the halves of a step (loss and gradient, update), and if not, why. Empty on
   * engines that cannot record, and with `capture: 'off'`.
   */
  readonly capture: readonly CaptureStatus[];
}

/** What happens in a run, in order. */
export type TrainingEvent =
  | {
      /** Before the first step. */
      readonly type: 'start';
      /** Epochs of the run. */
      readonly epochs: number;
      /** Optimiser steps per epoch. */
      readonly stepsPerEpoch: number;
      /** Optimiser steps already done: above 0 when resumed. */
      readonly step: number;
      /** Epoch that is begun or continued. */
      readonly epoch: number;
      /** The settings that a checkpoint must match. */
      readonly settings: Readonly<Record<string, unknown>>;
    }
  | {
      /** After an optimiser step, once its loss is known. */
      readonly type: 'step';
      /** Epoch, from 0. */
      readonly epoch: number;
      /** Optimiser steps done in this epoch. */
      readonly stepInEpoch: number;
      /** Optimiser steps per epoch. */
      readonly stepsPerEpoch: number;
      /** Optimiser steps done since the run began. */
      readonly step: number;
      /** Mean loss over the step's micro-batches. */
      readonly loss: number;
      /** Learning rate of the step. */
      readonly learningRate: number;
      /** Norm of the whole gradient before clipping. */
      readonly gradientNorm: number;
      /** Samples per second since the epoch began (or was resumed). */
      readonly imagesPerSecond: number;
    }
  | {
      /** The epoch's validation begins. */
      readonly type: 'validation';
      /** Epoch, from 0. */
      readonly epoch: number;
    }
  | {
      /** After an epoch and its validation. */
      readonly type: 'epoch';
      /** What happened in it. */
      readonly record: EpochRecord;
      /** Whether it is the best so far. */
      readonly improved: boolean;
    }
  | {
      /** A checkpoint is safely stored. */
      readonly type: 'checkpoint';
      /** Its name in the store. */
      readonly name: string;
      /** Optimiser steps it holds. */
      readonly step: number;
    }
  | {
      /** Something to know that does not stop the run, e.g. a damaged checkpoint that was passed over. */
      readonly type: 'warning';
      /** One sentence. */
      readonly message: string;
    }
  | {
      /** The run is over. */
      readonly type: 'end';
      /** What it left. */
      readonly result: TrainResult;
    }
  | {
      /** The run failed; the error is thrown to the caller after this. */
      readonly type: 'error';
      /** What is thrown. */
      readonly error: unknown;
    };

/**
 * Hears what happens in a run. It is awaited, so it may take its time; what it throws ends the run.
 *
 * @param event what happened
 */
export type TrainingListener = (event: TrainingEvent) => void | Promise<void>;
