import { type Block, dropPath, pipe } from '@lulc/core';

/**
 * Stochastic depth as EfficientNet has it (drop-connect): the n-th of `total` blocks is dropped with probability
 * `rate·n/total`, n from 0.
 *
 * @param rate what the probability grows to, [0, 1)
 * @returns a block for the end of the n-th residual branch
 */
export function growingDropPath(rate: number): (index: number, total: number) => Block<4> {
  return (index, total) => (rate * index === 0 ? pipe<4>() : dropPath((rate * index) / total, { name: 'drop' }));
}
