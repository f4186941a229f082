import { LulcError, type OptionKinds, requireAbove, requireCount } from '@lulc/core';
import type { Plan, PlanValues } from './plan.js';

/** What the values of a plan that a training looks at may be, for callers without types. */
export const planKinds = {
  patchSize: 'pair',
  batchSize: 'number',
  strides: 'pairs',
  widths: 'numbers',
  kernels: 'pairs',
  normalization: 'records',
  epochs: 'number',
  iterations: 'number',
  validationIterations: 'number',
  learningRate: 'number',
  foregroundShare: 'number',
  deepSupervision: 'flag',
  bands: 'texts',
  classes: 'texts',
} as const satisfies Readonly<Partial<Record<keyof Plan, OptionKinds>>>;

/**
 * Checks that patch, strides and widths are in range and fit each other.
 *
 * @throws LulcError `invalid-argument` naming the field
 */
export function checkNetwork({ patchSize, strides, widths }: Pick<Plan, 'patchSize' | 'strides' | 'widths'>): void {
  requireCount({ height: patchSize[0], width: patchSize[1] });
  if (strides.length < 2) wrong('strides', 'a U-Net needs at least two stages');
  if (strides.flat().some((stride) => stride !== 1 && stride !== 2) || strides[0].some((stride) => stride !== 1)) {
    wrong('strides', 'strides are 1 or 2, and 1 in the first stage');
  }
  if (widths.length !== strides.length) wrong('widths', `${widths.length} widths for ${strides.length} stages`);
  for (const width of widths) requireCount({ widths: width });
  for (const axis of [0, 1] as const) {
    const divisor = strides.reduce((product, stride) => product * stride[axis], 1);
    if (patchSize[axis] % divisor !== 0) {
      wrong('patchSize', `a patch of ${patchSize.join(' x ')} is no multiple of ${divisor}, as its strides need`);
    }
  }
}

/**
 * Checks that the values of a plan are in range and fit each other.
 *
 * @throws LulcError `invalid-argument` naming the field
 */
export function checkPlanValues(plan: Omit<Plan, 'estimate'>): void {
  const { batchSize, epochs, iterations, validationIterations, learningRate, foregroundShare } = plan;
  checkNetwork(plan);
  requireCount({ batchSize, epochs, iterations, validationIterations });
  requireAbove(0, { learningRate });
  if (!(foregroundShare >= 0 && foregroundShare <= 1)) wrong('foregroundShare', `a share of ${foregroundShare}`);
  if (plan.normalization.length !== plan.bands.length) {
    wrong('normalization', `${plan.normalization.length} normalisations for ${plan.bands.length} bands`);
  }
}

function wrong(field: keyof PlanValues, message: string): never {
  throw new LulcError('invalid-argument', message, { where: { field } });
}
