import type { Tensor1D } from '@tensorflow/tfjs-core';
import { LulcError, unknownName } from '../errors/lulcError.js';
import { requireShare } from '../errors/optionChecks.js';
import { type CheckpointKeeper, checkpointKeeper } from './checkpointing.js';
import type { LossAndGradient } from './gradientStep.js';
import { macrotask } from './macrotask.js';
import { checkFingerprint, fingerprintOf, type RunSettings, resolveSettings } from './runSettings.js';
import { addWork, initialState, noWork, type RunState, throughput, type Work } from './runState.js';
import { createRunTensors, type RunTensors } from './runTensors.js';
import { learningRateAt } from './schedule.js';
import { createSteps, type Steps } from './steps.js';
import type {
  EpochRecord,
  LoopOptions,
  MonitorOptions,
  NamedVariable,
  TrainingEvent,
  TrainingProblem,
  TrainResult,
} from './types.js';

/**
 * Trains any variables on any data with any loss: the loop under every kind of training here.
 *
 * A step is: forward, loss and gradient of each micro-batch, their mean, clipping, update, moving average. With the same
 * seed, data and engine the result is the same number for number, also when the run was killed at any instant and
 * went on from its last checkpoint.
 *
 * @param problem variables, data, loss and validation
 * @param options see {@link LoopOptions}
 * @returns how it ended; the variables hold the best, else the averaged, else the last values
 * @throws LulcError `invalid-argument` or `unknown-name` for an option; `incompatible`, `corrupt-file`, `missing-file`
 *   for a checkpoint that cannot be used; `diverged` when the loss becomes NaN or infinite (the last good
 *   checkpoint stays as it is); whatever the data, the loss or a listener throws
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 * import '@tensorflow/tfjs-layers';
 * import { runTraining } from '@lulc/core';
 *
 * const slope = tf.variable(tf.scalar(0));
 * const source = {
 *   stepsPerEpoch: 10,
 *   async *epoch(_: number, fromStep = 0) {
 *     for (let step = fromStep; step < 10; step++) yield step / 10;
 *   },
 * };
 * await runTraining(
 *   {
 *     source,
 *     weights: [{ name: 'slope', variable: slope }],
 *     loss: (x) => tf.square(tf.sub(tf.mul(slope, x), 3 * x)) as tf.Scalar,
 *     samples: () => 1,
 *   },
 *   { epochs: 50, learningRate: 0.1, optimizer: 'adam' },
 * );
 * slope.print(); // near 3
 * ```
 */
export async function runTraining<B>(problem: TrainingProblem<B>, options: LoopOptions): Promise<TrainResult> {
  const emit = async (event: TrainingEvent): Promise<void> => {
    for (const listener of options.listeners ?? []) await listener(event);
  };
  try {
    const result = await run(problem, options, emit);
    await emit({ type: 'end', result });
    return result;
  } catch (error) {
    // Each listener gets to close its files, and none can hide what went wrong.
    const listeners = [options?.listeners ?? []].flat();
    await Promise.allSettled(listeners.map(async (listener) => listener({ type: 'error', error })));
    throw error;
  }
}

type Emit = (event: TrainingEvent) => Promise<void>;

async function run<B>(problem: TrainingProblem<B>, options: LoopOptions, emit: Emit): Promise<TrainResult> {
  const settings = resolveSettings(options);
  const monitor = resolveMonitor(problem, options);
  const stepsPerEpoch = checkedStepsPerEpoch(problem, settings);
  const fingerprint = fingerprintOf(settings, {
    batchesPerEpoch: problem.source.stepsPerEpoch,
    monitor,
    rates: ratesOf(problem.weights),
    ...problem.fingerprint,
    ...options.fingerprint,
  });
  const keeper =
    settings.checkpoints &&
    checkpointKeeper(
      settings.checkpoints.store,
      settings.checkpoints.keepLast,
      settings.checkpoints.resume,
      (message) => emit({ type: 'warning', message }),
    );
  const tensors = createRunTensors(problem.weights, problem.state ?? [], settings);
  const steps = createSteps(problem, settings, tensors);
  try {
    const state = await resumed(keeper, tensors, fingerprint, stepsPerEpoch, settings);
    const { epochs } = settings;
    await emit({ type: 'start', epochs, stepsPerEpoch, step: state.step, epoch: state.epoch, settings: fingerprint });
    const context: Context<B> = {
      problem,
      settings,
      monitor,
      stepsPerEpoch,
      fingerprint,
      keeper,
      tensors,
      steps,
      emit,
      signal: options.signal,
    };
    const { state: final, stopped } = await trainEpochs(context, state);
    tensors.settle(options.restoreBest ?? true);
    return {
      stopped,
      epochs: final.epoch,
      steps: final.step,
      history: final.history,
      best: final.best,
      imagesPerSecond: throughput(final.totalWork),
      trainSeconds: final.totalWork.seconds,
      capture: steps.status(),
    };
  } finally {
    steps.dispose();
    tensors.dispose();
  }
}

/** The rates of variables, each with the first of the variables in a row that have it; nothing where all are 1. */
function ratesOf(weights: readonly NamedVariable[]): readonly (readonly [from: string, rate: number])[] | undefined {
  const steps = weights.filter(({ rate = 1 }, i) => i === 0 || rate !== (weights[i - 1].rate ?? 1));
  const rates = steps.map(({ name, rate = 1 }) => [name, rate] as const);
  return rates.every(([, rate]) => rate === 1) ? undefined : rates;
}

/** What stays the same during a run. */
interface Context<B> {
  readonly problem: TrainingProblem<B>;
  readonly settings: RunSettings;
  readonly monitor: MonitorOptions | undefined;
  /** Optimiser steps per epoch. */
  readonly stepsPerEpoch: number;
  readonly fingerprint: Readonly<Record<string, unknown>>;
  readonly keeper: CheckpointKeeper | undefined;
  readonly tensors: RunTensors;
  readonly steps: Steps<B>;
  readonly emit: Emit;
  readonly signal: AbortSignal | undefined;
}

async function resumed(
  keeper: CheckpointKeeper | undefined,
  tensors: RunTensors,
  fingerprint: Readonly<Record<string, unknown>>,
  stepsPerEpoch: number,
  { checkpoints }: RunSettings,
): Promise<RunState> {
  const checkpoint = await keeper?.newest();
  if (checkpoint === undefined) return initialState;
  checkFingerprint(checkpoint.settings, fingerprint, checkpoints?.store.location ?? '');
  if (checkpoint.state.stepInEpoch > stepsPerEpoch) {
    throw new LulcError(
      'corrupt-file',
      `the checkpoint claims ${checkpoint.state.stepInEpoch} of ${stepsPerEpoch} steps`,
    );
  }
  tensors.restore(checkpoint.tensors);
  return checkpoint.state;
}

async function trainEpochs<B>(
  context: Context<B>,
  begin: RunState,
): Promise<{ state: RunState; stopped: TrainResult['stopped'] }> {
  const { settings, stepsPerEpoch, signal } = context;
  let state = begin;
  while (state.epoch < settings.epochs) {
    if (state.sinceBest >= settings.patience) return { state, stopped: 'early' };
    if (state.stepInEpoch < stepsPerEpoch) state = await trainEpoch(context, state);
    if (state.stepInEpoch === stepsPerEpoch) state = await closeEpoch(context, state);
    const done = state.epoch === settings.epochs || state.sinceBest >= settings.patience;
    const due = state.stepInEpoch === 0 && state.epoch % (settings.checkpoints?.everyEpochs ?? 1) === 0;
    if (done || signal?.aborted) await store(context, state);
    else if (due) await storeIfPossible(context, state);
    if (signal?.aborted && !done) return { state, stopped: 'aborted' };
  }
  return { state, stopped: 'completed' };
}

/** The steps of an epoch, from where the state stands to its end or to an abort. */
async function trainEpoch<B>(context: Context<B>, begin: RunState): Promise<RunState> {
  const { problem, settings, stepsPerEpoch, steps, emit, signal } = context;
  const { source } = problem;
  const { accumulate } = settings;
  const { epoch } = begin;
  let state = begin;
  let work: Work = noWork;
  let clock = performance.now();
  let sum: LossAndGradient | undefined;
  let summed = 0;
  let pending: { readonly numbers: Tensor1D; readonly of: RunState } | undefined;

  /** Time since the last call, as training or as waiting for data. */
  const lap = (samples: number, waiting: boolean): void => {
    const seconds = (performance.now() - clock) / 1000;
    clock += 1000 * seconds;
    work = addWork(work, { samples, seconds, dataSeconds: waiting ? seconds : 0 });
  };
  /** Reports a step once its loss is known; asked for one step late, so that an asynchronous engine is never idle. */
  const report = async (step: typeof pending): Promise<void> => {
    if (step === undefined) return;
    const [loss, gradientNorm] = await step.numbers.data();
    step.numbers.dispose();
    const { of } = step;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw diverged(loss, of);
    state = { ...state, lossSum: state.lossSum + loss };
    await emit({
      type: 'step',
      epoch,
      stepInEpoch: of.stepInEpoch,
      stepsPerEpoch,
      step: of.step,
      loss,
      learningRate: of.learningRate,
      gradientNorm,
      imagesPerSecond: throughput(work),
    });
  };
  const reportAll = async (): Promise<void> => {
    const last = pending;
    pending = undefined;
    await report(last);
  };
  /** The state with the work of this call in it. */
  const snapshot = (): RunState => ({
    ...state,
    epochWork: addWork(begin.epochWork, work),
    totalWork: addWork(begin.totalWork, work),
  });

  const batches = source.epoch(epoch, state.stepInEpoch * accumulate)[Symbol.asyncIterator]();
  try {
    while (state.stepInEpoch < stepsPerEpoch && !signal?.aborted) {
      const next = await batches.next();
      lap(0, true);
      if (next.done) throw tooFewBatches(source.stepsPerEpoch, state.stepInEpoch * accumulate + summed, epoch);
      const batch = next.value;
      sum = steps.addMicroBatch(batch, state.microStep + summed, sum);
      summed++;
      const samples = problem.samples(batch);
      if (summed === accumulate || state.stepInEpoch * accumulate + summed === source.stepsPerEpoch) {
        const learningRate = learningRateAt(settings.schedule, settings.learningRate, {
          epoch,
          step: state.stepInEpoch,
          stepsPerEpoch,
          epochs: settings.epochs,
        });
        const numbers = steps.update(sum, summed, learningRate, state.step + 1);
        sum = undefined;
        const previous = pending;
        state = {
          ...state,
          stepInEpoch: state.stepInEpoch + 1,
          step: state.step + 1,
          microStep: state.microStep + summed,
          learningRate,
        };
        summed = 0;
        pending = { numbers, of: state };
        await report(previous);
        lap(samples, false);
        if (
          state.step % (settings.checkpoints?.everySteps ?? Number.POSITIVE_INFINITY) === 0 &&
          state.stepInEpoch < stepsPerEpoch
        ) {
          await reportAll();
          await storeIfPossible(context, snapshot());
          clock = performance.now();
        }
      } else {
        lap(samples, false);
      }
      await macrotask();
    }
    await reportAll();
    lap(0, false);
    return snapshot();
  } finally {
    sum?.loss.dispose();
    sum?.gradient.dispose();
    pending?.numbers.dispose();
    await batches.return?.();
  }
}

/** Validation and the record of an epoch whose steps are done. An abort during validation leaves the state as it is. */
async function closeEpoch<B>(context: Context<B>, state: RunState): Promise<RunState> {
  const { problem, settings, monitor, stepsPerEpoch, tensors, emit, signal } = context;
  const { epoch, epochWork } = state;
  const trainLoss = state.lossSum / stepsPerEpoch;
  const due = (epoch + 1) % settings.validateEvery === 0 || epoch + 1 === settings.epochs;
  const begin = performance.now();
  let improved = false;
  let judgement: { metrics: Readonly<Record<string, number>>; value: number | undefined } = {
    metrics: {},
    value: undefined,
  };
  if (due) {
    if (problem.validate) await emit({ type: 'validation', epoch });
    try {
      judgement = await tensors.withJudged(async () => {
        const metrics = (await problem.validate?.(signal)) ?? {};
        const value = monitor && monitoredValue(monitor, { ...metrics, trainLoss }, state.judged);
        improved = value !== undefined && isBetter(value, state.best?.value, monitor, settings.minDelta);
        if (improved) tensors.keepBest();
        return { metrics, value };
      });
    } catch (error) {
      if (signal?.aborted) return state;
      throw error;
    }
  }
  const { metrics, value } = judgement;
  const record: EpochRecord = {
    epoch,
    step: state.step,
    trainLoss,
    learningRate: state.learningRate,
    metrics,
    trainSeconds: epochWork.seconds,
    dataSeconds: epochWork.dataSeconds,
    validationSeconds: due ? (performance.now() - begin) / 1000 : 0,
    imagesPerSecond: throughput(epochWork),
  };
  await emit({ type: 'epoch', record, improved });
  return {
    ...state,
    epoch: epoch + 1,
    stepInEpoch: 0,
    lossSum: 0,
    epochWork: noWork,
    history: [...state.history, record],
    best: improved && monitor && value !== undefined ? { epoch, metric: monitor.metric, value } : state.best,
    sinceBest: improved ? 0 : state.sinceBest + (value === undefined ? 0 : 1),
    judged: value !== undefined && Number.isFinite(value) ? value : state.judged,
  };
}

async function store<B>({ keeper, tensors, fingerprint, emit }: Context<B>, state: RunState): Promise<void> {
  if (keeper === undefined) return;
  const name = await keeper.write({ state, settings: fingerprint, tensors: await tensors.export() });
  await emit({ type: 'checkpoint', name, step: state.step });
}

/** A checkpoint that cannot be written (disk full …) must not end a run that is otherwise well. */
async function storeIfPossible<B>(context: Context<B>, state: RunState): Promise<void> {
  try {
    await store(context, state);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await context.emit({ type: 'warning', message: `no checkpoint was written at step ${state.step}: ${reason}` });
  }
}

function resolveMonitor<B>(problem: TrainingProblem<B>, options: LoopOptions): MonitorOptions | undefined {
  const monitor = options.monitor ?? (problem.validate ? problem.defaultMonitor : undefined);
  if (monitor === undefined) {
    if (options.earlyStopping !== undefined) {
      throw new LulcError('invalid-argument', 'early stopping needs something to watch', {
        hint: "Give validation data, or monitor: { metric: 'trainLoss', mode: 'min' }.",
      });
    }
    return undefined;
  }
  const known = problem.validate ? problem.metricNames : [];
  if (known !== undefined && monitor.metric !== 'trainLoss' && !known.includes(monitor.metric)) {
    throw unknownMetric(monitor.metric, known);
  }
  const { metric, mode, smoothing = 0 } = monitor;
  requireShare({ 'monitor.smoothing': smoothing });
  return { metric, mode, ...(smoothing > 0 && { smoothing }) };
}

/** The value by which an epoch is judged; `before` is that of the last one. */
function monitoredValue(
  { metric, smoothing = 0 }: MonitorOptions,
  metrics: Readonly<Record<string, number>>,
  before: number | undefined,
): number {
  if (!Object.hasOwn(metrics, metric)) throw unknownMetric(metric, Object.keys(metrics));
  const value = metrics[metric];
  return before === undefined || smoothing === 0 ? value : smoothing * before + (1 - smoothing) * value;
}

function unknownMetric(metric: string, known: readonly string[]): LulcError {
  const names = [...known.filter((name) => name !== 'trainLoss'), 'trainLoss'];
  return unknownName('metric to monitor', metric, names);
}

function isBetter(
  value: number,
  best: number | undefined,
  monitor: MonitorOptions | undefined,
  minDelta: number,
): boolean {
  if (!Number.isFinite(value)) return false;
  if (best === undefined) return true;
  return monitor?.mode === 'min' ? value < best - minDelta : value > best + minDelta;
}

function checkedStepsPerEpoch<B>({ source, weights }: TrainingProblem<B>, { accumulate }: RunSettings): number {
  if (weights.length === 0) {
    throw new LulcError('invalid-argument', 'there is nothing to train', { hint: 'Is every layer frozen?' });
  }
  if (!(Number.isSafeInteger(source.stepsPerEpoch) && source.stepsPerEpoch > 0)) {
    throw new LulcError('invalid-argument', `the training data have ${source.stepsPerEpoch} batches`, {
      hint: 'Is the data set empty, or smaller than one batch?',
    });
  }
  return Math.ceil(source.stepsPerEpoch / accumulate);
}

const diverged = (loss: number, { step, epoch, learningRate }: RunState): LulcError =>
  new LulcError(
    'diverged',
    `training diverged: the ${Number.isFinite(loss) ? 'gradient is not finite' : `loss is ${loss}`}`,
    {
      where: { step, epoch, learningRate },
      hint: 'Lower the learning rate, add warm-up or clip.globalNorm, and check the data for NaN. The last checkpoint is from before.',
    },
  );

const tooFewBatches = (promised: number, given: number, epoch: number): LulcError =>
  new LulcError('invalid-argument', `the training data gave ${given} batches, not ${promised}`, { where: { epoch } });
