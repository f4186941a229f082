import { LulcError } from '../errors/lulcError.js';

/** How the learning rate falls after the warm-up. Lengths are in epochs. */
export type ScheduleShape =
  | {
      /** The base rate throughout. */
      readonly name: 'constant';
    }
  | {
      /** `floor + (base − floor)·(1 + cos(π·t/T))/2`. */
      readonly name: 'cosine';
      /** Learning rate at the end, ≥ 0; default 0. */
      readonly floor?: number;
    }
  | {
      /** Times `factor` at every `every`-th epoch. */
      readonly name: 'step';
      /** Epochs between drops, > 0. */
      readonly every: number;
      /** Factor of each drop, > 0; default 0.1. */
      readonly factor?: number;
    }
  | {
      /** `base·(1 − t/T)^power`. */
      readonly name: 'poly';
      /** Exponent, > 0; default 0.9. */
      readonly power?: number;
    }
  | {
      /** `base·gamma^t`. */
      readonly name: 'exponential';
      /** Factor per epoch, > 0. */
      readonly gamma: number;
    };

/** A learning-rate schedule described by data. */
export type ScheduleSpec = ScheduleShape & {
  /** Epochs (fractions allowed) of linear warm-up from `warmupFrom`·base to base, counted before the decay starts; default 0. */
  readonly warmup?: number;
  /** Share of the base rate at the start of the warm-up, 0 to 1; default 0. */
  readonly warmupFrom?: number;
  /** Whether the rate changes at every step (default) or only at epoch boundaries, as the published recipes do. */
  readonly per?: 'step' | 'epoch';
};

/** Name of a schedule. */
export type ScheduleName = ScheduleSpec['name'];

/** Where in a run a learning rate is asked for. */
export interface SchedulePosition {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Optimiser step within the epoch, from 0; default 0. */
  readonly step?: number;
  /** Optimiser steps per epoch; default 1. */
  readonly stepsPerEpoch?: number;
  /** Epochs of the whole run. */
  readonly epochs: number;
}

/** The decay of each schedule at time `t` of `total` epochs, both counted from the end of the warm-up. */
const shapes: {
  readonly [Name in ScheduleName]: (
    spec: Extract<ScheduleShape, { name: Name }>,
    base: number,
    t: number,
    total: number,
  ) => number;
} = {
  constant: (_, base) => base,
  cosine: ({ floor = 0 }, base, t, total) => floor + ((base - floor) * (1 + Math.cos((Math.PI * t) / total))) / 2,
  step: ({ every, factor = 0.1 }, base, t) => base * factor ** Math.floor(t / every),
  poly: ({ power = 0.9 }, base, t, total) => base * (1 - t / total) ** power,
  exponential: ({ gamma }, base, t) => base * gamma ** t,
};

/**
 * The learning rate of a schedule at a position of a run. Pure: it depends on its arguments only.
 *
 * During the warm-up the rate rises linearly and reaches the base at its last step; the decay then runs over what is
 * left of the run. Past the end of the run the last value is kept.
 *
 * @param spec the schedule
 * @param base base learning rate, > 0
 * @param position epoch and step
 * @returns the learning rate, ≥ 0
 * @throws LulcError `invalid-argument` for a field outside its range, `unknown-name` for an unknown schedule
 * @example
 * ```ts
 * import { learningRateAt } from '@lulc/core';
 *
 * const rate = learningRateAt({ name: 'cosine', warmup: 1 }, 1e-3, { epoch: 12, step: 40, stepsPerEpoch: 100, epochs: 30 });
 * ```
 */
export function learningRateAt(spec: ScheduleSpec, base: number, position: SchedulePosition): number {
  checkSchedule(spec);
  const { epoch, step = 0, stepsPerEpoch = 1, epochs } = position;
  const { warmup = 0, warmupFrom = 0, per = 'step' } = spec;
  const now = per === 'step' ? epoch + step / stepsPerEpoch : epoch;
  const resolution = per === 'step' ? 1 / stepsPerEpoch : 1;
  if (now < warmup) return base * (warmupFrom + (1 - warmupFrom) * Math.min(1, (now + resolution) / warmup));
  const total = Math.max(epochs - warmup, resolution);
  const decay = shapes[spec.name] as (spec: ScheduleSpec, base: number, t: number, total: number) => number;
  return decay(spec, base, Math.min(now - warmup, total), total);
}

/** The numeric fields of a schedule and the range of each. */
const ranges: Readonly<Record<string, readonly [test: (value: number) => boolean, range: string]>> = {
  floor: [(value) => value >= 0, 'at least 0'],
  every: [(value) => value > 0, 'above 0'],
  factor: [(value) => value > 0, 'above 0'],
  power: [(value) => value > 0, 'above 0'],
  gamma: [(value) => value > 0, 'above 0'],
  warmup: [(value) => value >= 0, 'at least 0'],
  warmupFrom: [(value) => value >= 0 && value <= 1, 'between 0 and 1'],
};

const needed: Readonly<Partial<Record<ScheduleName, string>>> = { step: 'every', exponential: 'gamma' };

/**
 * Checks a schedule that came from outside.
 *
 * @param spec the schedule
 * @throws LulcError `invalid-argument` for a field outside its range, `unknown-name` for an unknown schedule
 */
export function checkSchedule(spec: ScheduleSpec): void {
  if (!Object.hasOwn(shapes, spec.name)) {
    throw new LulcError('unknown-name', `no schedule '${spec.name}'`, {
      hint: `Known: ${Object.keys(shapes).join(', ')}.`,
    });
  }
  const missing = needed[spec.name];
  const fields = new Map<string, unknown>(Object.entries(spec));
  if (missing !== undefined && fields.get(missing) === undefined) {
    throw new LulcError('invalid-argument', `the schedule '${spec.name}' needs '${missing}'`);
  }
  for (const [field, value] of fields) {
    const range = ranges[field];
    if (range === undefined || value === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value) || !range[0](value)) {
      throw new LulcError('invalid-argument', `'${field}' of the schedule is ${value}; it must be ${range[1]}`, {
        where: { schedule: spec.name },
      });
    }
  }
}
