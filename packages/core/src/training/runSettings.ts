import { LulcError } from '../errors/lulcError.js';
import { type OptionKinds, requireKinds } from '../errors/optionChecks.js';
import { type ResolvedOptimizer, resolveOptimizer } from './optimizer.js';
import { checkSchedule, type ScheduleSpec } from './schedule.js';
import type { CheckpointOptions, ClipOptions, EmaOptions, LoopOptions } from './types.js';

/** Loop options with every default filled in, checked. */
export interface RunSettings {
  readonly epochs: number;
  readonly learningRate: number;
  readonly optimizer: ResolvedOptimizer;
  readonly schedule: ScheduleSpec;
  readonly accumulate: number;
  readonly clip: ClipOptions;
  readonly ema: Required<EmaOptions> | undefined;
  readonly seed: number;
  readonly capture: 'auto' | 'off';
  readonly lossScaling: 'auto' | 'dynamic' | 'off';
  readonly validateEvery: number;
  readonly patience: number;
  readonly minDelta: number;
  readonly checkpoints: (Required<Omit<CheckpointOptions, 'everySteps'>> & { readonly everySteps: number }) | undefined;
}

/** What options may be, for callers without types. */
const optionKinds = {
  epochs: 'number',
  learningRate: 'number',
  optimizer: ['text', 'record'],
  schedule: ['text', 'record'],
  accumulate: 'number',
  clip: { globalNorm: 'number', value: 'number' },
  ema: { decay: 'number', warmup: 'flag' },
  seed: 'number',
  capture: 'text',
  lossScaling: 'text',
  validateEvery: 'number',
  monitor: { metric: 'text', mode: 'text', smoothing: 'number' },
  earlyStopping: { patience: 'number', minDelta: 'number' },
  restoreBest: 'flag',
  checkpoints: { store: 'record', everySteps: 'number', everyEpochs: 'number', keepLast: 'number', resume: 'text' },
  signal: 'record',
  fingerprint: 'record',
  listeners: 'functions',
} as const satisfies Readonly<Record<keyof LoopOptions, OptionKinds>>;

/**
 * Fills in defaults and checks ranges.
 *
 * @throws LulcError `invalid-argument` or `unknown-name` naming the option
 */
export function resolveSettings(options: LoopOptions): RunSettings {
  requireKinds(options, optionKinds, ['epochs', 'checkpoints.store']);
  const {
    epochs,
    learningRate = 1e-3,
    accumulate = 1,
    clip = {},
    ema,
    seed = 42,
    capture = 'auto',
    lossScaling = 'auto',
    validateEvery = 1,
    checkpoints,
  } = options;
  wholeFrom(1, { epochs, accumulate, validateEvery });
  above0({ learningRate, 'clip.globalNorm': clip.globalNorm, 'clip.value': clip.value });
  if (!Number.isSafeInteger(seed)) throw invalid('seed', seed, 'a whole number');
  if (!['auto', 'dynamic', 'off'].includes(lossScaling))
    throw invalid('lossScaling', lossScaling, "'auto', 'dynamic' or 'off'");
  if (capture !== 'auto' && capture !== 'off') throw invalid('capture', capture, "'auto' or 'off'");
  if (ema !== undefined && !(ema.decay >= 0 && ema.decay < 1))
    throw invalid('ema.decay', ema.decay, 'at least 0 and below 1');
  const { patience = Number.POSITIVE_INFINITY, minDelta = 0 } = options.earlyStopping ?? {};
  if (options.earlyStopping !== undefined) wholeFrom(1, { 'earlyStopping.patience': patience });
  if (!(minDelta >= 0)) throw invalid('earlyStopping.minDelta', minDelta, 'at least 0');
  const { everySteps, everyEpochs = 1, keepLast = 2, resume = 'auto' } = checkpoints ?? {};
  wholeFrom(1, {
    'checkpoints.everySteps': everySteps,
    'checkpoints.everyEpochs': everyEpochs,
    'checkpoints.keepLast': keepLast,
  });
  if (!['auto', 'require', 'never'].includes(resume)) {
    throw invalid('checkpoints.resume', resume, "'auto', 'require' or 'never'");
  }
  const { schedule = 'cosine' } = options;
  const scheduleSpec: ScheduleSpec = typeof schedule === 'string' ? { name: schedule } : schedule;
  checkSchedule(scheduleSpec);
  return {
    epochs,
    learningRate,
    optimizer: resolveOptimizer(options.optimizer ?? 'adamw'),
    schedule: scheduleSpec,
    accumulate,
    clip,
    ema: ema === undefined ? undefined : { decay: ema.decay, warmup: ema.warmup ?? true },
    seed,
    capture,
    lossScaling,
    validateEvery,
    patience,
    minDelta,
    checkpoints:
      checkpoints === undefined
        ? undefined
        : {
            store: checkpoints.store,
            everySteps: everySteps ?? Number.POSITIVE_INFINITY,
            everyEpochs,
            keepLast,
            resume,
          },
  };
}

/** The settings on which the course of a run depends, as plain JSON: they must be the same when it goes on. */
export function fingerprintOf(
  settings: RunSettings,
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { learningRate, optimizer, schedule, accumulate, clip, ema, seed } = settings;
  return JSON.parse(JSON.stringify({ learningRate, optimizer, schedule, accumulate, clip, ema, seed, ...more }));
}

/**
 * @throws LulcError `incompatible` naming every setting that differs between a checkpoint and this run
 */
export function checkFingerprint(
  stored: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  place: string,
): void {
  const differing = [...new Set([...Object.keys(stored), ...Object.keys(now)])].filter(
    (key) => orderedText(stored[key]) !== orderedText(now[key]),
  );
  if (differing.length === 0) return;
  const changes = differing.map((key) => `${key} was ${JSON.stringify(stored[key])}, is ${JSON.stringify(now[key])}`);
  throw new LulcError('incompatible', `the checkpoint belongs to another run: ${changes.join('; ')}`, {
    where: { checkpoints: place },
    hint: "Use the same settings to go on, another folder, or resume: 'never' to replace it.",
  });
}

/** Plain JSON as text, records by key: the order in which settings are written down does not matter. */
const orderedText = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

type Numbers = Readonly<Record<string, number | undefined>>;

function wholeFrom(least: number, values: Numbers): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least)) {
      throw invalid(name, value, `a whole number from ${least}`);
    }
  }
}

function above0(values: Numbers): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) throw invalid(name, value, 'above 0');
  }
}

const invalid = (name: string, value: unknown, expected: string): LulcError =>
  new LulcError('invalid-argument', `'${name}' is ${value}; it must be ${expected}`, { where: { option: name } });
