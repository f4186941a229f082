import { LulcError, requireAbove, requireCount } from '@lulc/core';
import { countUnet } from '../network/countUnet.js';
import { networkOptions } from '../network/plainConvUnet.js';
import type { Plan, PlanOverride, PlanValues } from './plan.js';
import { overrule } from './planFor.js';
import { topology } from './topology.js';

/** Options of {@link reducePlan}. */
export interface ReducePlanOptions {
  /** Time for one training, above 0. */
  readonly minutes: number;
  /**
   * Billions of multiply-adds per second that the machine gets done in training, above 0: those of a step, counted as
   * {@link trainingMultiplyAdds} does, over its seconds.
   */
  readonly gmacPerSecond: number;
  /** The network, the patch and the batch are made smaller until so many steps fit. Default 1000. */
  readonly minimumSteps?: number;
}

/** What a training step costs in predictions of its batch: once forward, and back through values and through weights. */
export const passesPerStep = 3;

/** What halving stops at: a smaller network, patch or batch would be another method. */
const smallest = { batchSize: 2, width: 8, patchSide: 64 } as const;

/** Epochs that a reduced training has at least, so that its rate falls smoothly and its best epoch can be chosen. */
const leastEpochs = 20;

/** Multiply-adds of a training. */
export interface TrainingMultiplyAdds {
  /** Of one step. */
  readonly step: number;
  /** Of an epoch, its validation included. */
  readonly epoch: number;
  /** Of all epochs. */
  readonly all: number;
}

/**
 * Multiply-adds of a plan's training, validation included: a step counts three times its forward pass.
 *
 * @param plan any plan
 */
export function trainingMultiplyAdds(plan: Plan): TrainingMultiplyAdds {
  const { multiplyAdds } = countUnet(networkOptions(plan));
  const batch = plan.batchSize * multiplyAdds;
  const step = passesPerStep * batch;
  const epoch = plan.iterations * step + plan.validationIterations * batch;
  return { step, epoch, all: plan.epochs * epoch };
}

/**
 * Makes a plan fit a small machine: batch, widths and patch are halved in turn until enough steps fit into the time, then
 * the training is cut to as many epochs and iterations as do. Each change stands in the plan with its reason. What was
 * overruled before is left as it is; a plan that fits comes back unchanged.
 *
 * @param plan see `planFor`
 * @param options time, and the machine's speed
 * @throws LulcError `invalid-argument` for options out of range, or when the time is not enough for a single epoch of the
 *   smallest plan
 * @example
 * ```ts
 * import { planFor, reducePlan } from '@lulc/cloud-unet-kd';
 *
 * const fingerprint = {
 *   dataset: 'clouds',
 *   bands: ['B04', 'B03', 'B02', 'B08'],
 *   classes: ['clear', 'cloud'],
 *   shapes: Array.from({ length: 1000 }, () => [512, 512] as const),
 *   spacings: Array.from({ length: 1000 }, () => [1, 1] as const),
 *   medianRelativeSize: 1,
 *   hasIgnored: false,
 *   foreground: undefined,
 *   overall: undefined,
 * };
 * const reduced = reducePlan(planFor({ fingerprint }), { minutes: 30, gmacPerSecond: 40 });
 * console.log(reduced.epochs, reduced.batchSize, reduced.widths[0]); // 20 6 16
 * console.log(reduced.changes[0].reason); // so that 1000 steps fit into 30 min at 40 GMAC/s
 * ```
 */
export function reducePlan(plan: Plan, options: ReducePlanOptions): Plan {
  const { minutes, gmacPerSecond, minimumSteps = 1000 } = options;
  requireAbove(0, { minutes, gmacPerSecond });
  requireCount({ minimumSteps });
  const budget = minutes * 60 * gmacPerSecond * 1e9;
  if (trainingMultiplyAdds(plan).all <= budget) return plan;
  const machine = `${minutes} min at ${gmacPerSecond} GMAC/s`;
  const settled = new Set(plan.changes.filter(({ follows }) => !follows).map(({ field }) => field));
  const steps = Math.min(minimumSteps, plan.epochs * plan.iterations);

  let reduced = plan;
  const halved: PlanOverride[] = [];
  for (let turn = 0, idle = 0; idle < halvings.length && !fits(reduced, steps, budget); turn++) {
    const { field, halve } = halvings[turn % halvings.length];
    const value = settled.has(field) ? undefined : halve(reduced, settled);
    idle = value === undefined ? idle + 1 : 0;
    if (value === undefined) continue;
    halved.push({ field, value, reason: `so that ${steps} steps fit into ${machine}` } as PlanOverride);
    reduced = overrule(plan, consistent(plan, halved));
  }
  return overrule(reduced, lengthFor(reduced, budget, machine, settled));
}

interface Halving {
  readonly field: 'batchSize' | 'widths' | 'patchSize';
  /** The smaller value; undefined where it is the smallest already, or what somebody settled allows no smaller one. */
  readonly halve: (
    plan: Plan,
    settled: ReadonlySet<keyof PlanValues>,
  ) => PlanValues['batchSize'] | PlanValues['widths'] | PlanValues['patchSize'] | undefined;
}

const halvings: readonly Halving[] = [
  {
    field: 'batchSize',
    halve: ({ batchSize }) =>
      batchSize <= smallest.batchSize ? undefined : Math.max(smallest.batchSize, Math.ceil(batchSize / 2)),
  },
  {
    field: 'widths',
    halve: ({ widths }) =>
      Math.min(...widths) / 2 < smallest.width ? undefined : widths.map((width) => Math.ceil(width / 2)),
  },
  {
    field: 'patchSize',
    halve: ({ patchSize, version, spacing, widths }, settled) => {
      const [height, width] = patchSize.map((side) => Math.ceil(side / 2));
      if (Math.min(height, width) < smallest.patchSide) return undefined;
      const stages = settled.has('widths') ? widths.length : undefined;
      const half = topology(version, spacing, [height, width], stages);
      return half.strides.length < (stages ?? 0) ? undefined : half.patchSize;
    },
  },
];

/**
 * The last override of each field; widths for as many stages as the patch gives. A smaller network leaves memory for a larger
 * batch, but no time.
 */
function consistent(plan: Plan, halved: readonly PlanOverride[]): readonly PlanOverride[] {
  const batch: PlanOverride = { field: 'batchSize', value: plan.batchSize, reason: 'as planned' };
  const last = new Map([batch, ...halved].map((override) => [override.field, override]));
  const patch = last.get('patchSize');
  const widths = last.get('widths');
  if (patch === undefined || widths?.field !== 'widths') return [...last.values()];
  const stages = topology(plan.version, plan.spacing, patch.value as PlanValues['patchSize']).strides.length;
  last.set('widths', { ...widths, value: widths.value.slice(0, stages) });
  return [...last.values()];
}

/** Validation takes as large a part of an epoch as the plan says. */
const fits = (plan: Plan, steps: number, budget: number): boolean =>
  (trainingMultiplyAdds(plan).epoch / plan.iterations) * steps <= budget;

/** As many iterations and epochs as the time allows. */
function lengthFor(
  plan: Plan,
  budget: number,
  machine: string,
  settled: ReadonlySet<keyof PlanValues>,
): readonly PlanOverride[] {
  const perIteration = trainingMultiplyAdds(plan).epoch / plan.iterations;
  const affordable = Math.floor(budget / perIteration);
  const wanted = Math.min(plan.iterations, Math.floor(affordable / Math.min(leastEpochs, plan.epochs)));
  const iterations = settled.has('iterations') ? plan.iterations : Math.max(1, wanted);
  const validationShare = plan.validationIterations / plan.iterations;
  const validationIterations = settled.has('validationIterations')
    ? plan.validationIterations
    : Math.max(1, Math.floor(iterations * validationShare));
  const shorter = { ...plan, iterations, validationIterations };
  const epochs = settled.has('epochs')
    ? plan.epochs
    : Math.min(plan.epochs, Math.floor(budget / trainingMultiplyAdds(shorter).epoch));
  if (epochs < 1) {
    throw new LulcError('invalid-argument', `not even one epoch fits into ${machine}`, {
      where: { option: 'minutes' },
    });
  }
  const reason = `as much as fits into ${machine}`;
  const values = { iterations, validationIterations, epochs };
  return (Object.keys(values) as (keyof typeof values)[]).flatMap((field) =>
    values[field] === plan[field] ? [] : { field, value: values[field], reason },
  );
}
