import type { NodeOf } from './graph.js';

/** Batch normalisation as `x · factor + offset`, one of each per channel. */
export function normAsLine({ name, epsilon, inputs }: NodeOf<'batchNorm'>): {
  readonly factor: NodeOf<'constant'>;
  readonly offset: NodeOf<'constant'>;
} {
  const [gamma, beta, mean, variance] = (inputs.slice(1) as NodeOf<'constant'>[]).map(({ data }) => data);
  const factor = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + epsilon));
  const constant = (suffix: string, data: Float32Array): NodeOf<'constant'> => ({
    op: 'constant',
    name: `${name}/${suffix}`,
    shape: [data.length],
    inputs: [],
    data,
  });
  return {
    factor: constant('factor', Float32Array.from(factor)),
    offset: constant(
      'offset',
      Float32Array.from(beta, (value, c) => value - mean[c] * factor[c]),
    ),
  };
}
