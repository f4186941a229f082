import { jsonReaders } from '../model/json.js';
import type { BestEpoch, EpochRecord } from './types.js';

/** Everything a run must remember beside its tensors. Plain data. */
export interface RunState {
  /** Epoch that is under way, from 0; equals the number of whole epochs done. */
  readonly epoch: number;
  /** Optimiser steps done in it. */
  readonly stepInEpoch: number;
  /** Optimiser steps done since the run began. */
  readonly step: number;
  /** Micro-batches done since the run began: the key of the random stream. */
  readonly microStep: number;
  /** Sum of the losses of the epoch's steps. */
  readonly lossSum: number;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Samples seen in the epoch, and the time that took. */
  readonly epochWork: Work;
  /** Samples seen in the run, and the time that took. */
  readonly totalWork: Work;
  /** One record per whole epoch. */
  readonly history: readonly EpochRecord[];
  /** Best epoch so far. */
  readonly best: BestEpoch | undefined;
  /** Validated epochs since the best one. */
  readonly sinceBest: number;
  /** What was judged last: the monitored metric, or its moving average; nothing before the first finite value. */
  readonly judged?: number | undefined;
}

/** An amount of training. */
export interface Work {
  /** Samples seen. */
  readonly samples: number;
  /** Wall time of the steps, with waiting for data. */
  readonly seconds: number;
  /** The part spent waiting for data. */
  readonly dataSeconds: number;
}

/** No training at all. */
export const noWork: Work = { samples: 0, seconds: 0, dataSeconds: 0 };

/** Two amounts of training as one. */
export const addWork = (a: Work, b: Work): Work => ({
  samples: a.samples + b.samples,
  seconds: a.seconds + b.seconds,
  dataSeconds: a.dataSeconds + b.dataSeconds,
});

/** Samples per second; 0 before anything was measured. */
export const throughput = ({ samples, seconds }: Work): number => (seconds > 0 ? samples / seconds : 0);

/** The state before the first step. */
export const initialState: RunState = {
  epoch: 0,
  stepInEpoch: 0,
  step: 0,
  microStep: 0,
  lossSum: 0,
  learningRate: 0,
  epochWork: noWork,
  totalWork: noWork,
  history: [],
  best: undefined,
  sinceBest: 0,
};

/** Epochs a history may hold. */
const historyLimit = 1_000_000;
const metricLimit = 10_000;

/**
 * Reads a state from parsed JSON.
 *
 * @throws LulcError `corrupt-file` naming the field
 */
export function parseRunState(value: unknown, where: Readonly<Record<string, string>>): RunState {
  const read = jsonReaders('checkpoint', where);
  /** JSON has no NaN or infinity; a metric that was one of them was stored as null. */
  const number = (x: unknown, path: string): number => (x === null ? Number.NaN : read.finite(x, path));
  const work = (x: unknown, path: string): Work => {
    const fields = read.record(x, path);
    return {
      samples: read.count(fields.samples, `${path}.samples`),
      seconds: read.finite(fields.seconds, `${path}.seconds`),
      dataSeconds: read.finite(fields.dataSeconds, `${path}.dataSeconds`),
    };
  };
  const record = (x: unknown, path: string): EpochRecord => {
    const fields = read.record(x, path);
    return {
      epoch: read.count(fields.epoch, `${path}.epoch`),
      step: read.count(fields.step, `${path}.step`),
      trainLoss: read.finite(fields.trainLoss, `${path}.trainLoss`),
      learningRate: read.finite(fields.learningRate, `${path}.learningRate`),
      metrics: read.map(number, metricLimit)(fields.metrics, `${path}.metrics`),
      trainSeconds: read.finite(fields.trainSeconds, `${path}.trainSeconds`),
      dataSeconds: read.finite(fields.dataSeconds, `${path}.dataSeconds`),
      validationSeconds: read.finite(fields.validationSeconds, `${path}.validationSeconds`),
      imagesPerSecond: read.finite(fields.imagesPerSecond, `${path}.imagesPerSecond`),
    };
  };
  const best = (x: unknown, path: string): BestEpoch => {
    const fields = read.record(x, path);
    return {
      epoch: read.count(fields.epoch, `${path}.epoch`),
      metric: read.text()(fields.metric, `${path}.metric`),
      value: read.finite(fields.value, `${path}.value`),
    };
  };
  const fields = read.record(value, 'state');
  return {
    epoch: read.count(fields.epoch, 'epoch'),
    stepInEpoch: read.count(fields.stepInEpoch, 'stepInEpoch'),
    step: read.count(fields.step, 'step'),
    microStep: read.count(fields.microStep, 'microStep'),
    lossSum: read.finite(fields.lossSum, 'lossSum'),
    learningRate: read.finite(fields.learningRate, 'learningRate'),
    epochWork: work(fields.epochWork, 'epochWork'),
    totalWork: work(fields.totalWork, 'totalWork'),
    history: read.list(record, historyLimit)(fields.history, 'history'),
    best: read.optional(best)(fields.best, 'best'),
    sinceBest: read.count(fields.sinceBest, 'sinceBest'),
    judged: read.optional(read.finite)(fields.judged, 'judged'),
  };
}
