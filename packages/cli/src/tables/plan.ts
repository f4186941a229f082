import { countUnet, networkOptions, type Plan, type PlanChange, trainingMultiplyAdds } from '@lulc/cloud-unet-kd';
import { textTable } from './textTable.js';

/**
 * A plan for people: what it says, how large the network is, and what was overruled.
 *
 * @param plan any plan
 */
export function planText(plan: Plan): string {
  return [planTitle(plan), textTable(['', 'plan'], planRows(plan)), ...plan.changes.map(changeText)].join('\n');
}

/** Whose plan it is. */
export function planTitle({ changes, version }: Plan): string {
  return changes.length === 0
    ? `planned by nnU-Net's rules (${version})`
    : `REDUCED or overruled: not nnU-Net's own plan (${version})`;
}

/** What a plan says, by name. */
export function planRows(plan: Plan): readonly (readonly [name: string, value: string])[] {
  const { parameters, deepHeads, multiplyAdds } = countUnet(networkOptions(plan));
  return [
    ['cases', `${plan.cases}, median ${plan.medianSize.join(' × ')} pixels, ${plan.bands.length} bands`],
    ['patch', plan.patchSize.join(' × ')],
    ['batch', String(plan.batchSize)],
    ['stages', `${plan.widths.length}: ${plan.widths.join(', ')} channels`],
    [
      'parameters',
      `${parameters.toLocaleString('en')} (${(parameters + deepHeads).toLocaleString('en')} with all heads)`,
    ],
    ['multiply-adds', `${(multiplyAdds / 1e9).toPrecision(3)} · 10⁹ per patch`],
    ['normalisation', [...new Set(plan.normalization.map(({ scheme }) => scheme))].join(', ')],
    ['training', `${plan.epochs} epochs of ${plan.iterations} steps, rate ${plan.learningRate}`],
    ['work', `${(trainingMultiplyAdds(plan).all / 1e12).toPrecision(3)} · 10¹² multiply-adds per fold`],
  ];
}

/** What was overruled, and why, in a line. */
export function changeText({ field, planned, value, reason }: PlanChange): string {
  return `${field}: ${shown(value)} instead of ${shown(planned)}, ${reason}`;
}

const shown = (value: unknown): string => JSON.stringify(value);
