import { countUnet, networkOptions, type Plan, trainingMultiplyAdds } from '@lulc/cloud-unet-kd';
import { textTable } from './textTable.js';

/**
 * A plan for people: what it says, how large the network is, and what was overruled.
 *
 * @param plan any plan
 */
export function planText(plan: Plan): string {
  const { parameters, deepHeads, multiplyAdds } = countUnet(networkOptions(plan));
  const { changes } = plan;
  const rows: readonly (readonly [string, string])[] = [
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
  return [
    changes.length === 0
      ? `planned by nnU-Net's rules (${plan.version})`
      : `REDUCED or overruled: not nnU-Net's own plan (${plan.version})`,
    textTable(['', 'plan'], rows),
    ...changes.map(
      ({ field, planned, value, reason }) => `${field}: ${shown(value)} instead of ${shown(planned)}, ${reason}`,
    ),
  ].join('\n');
}

const shown = (value: unknown): string => JSON.stringify(value);
