import type { OpenDatasetOptions } from '../options.js';

/**
 * How a dataset without a split of its own is parted.
 *
 * @param options what was asked for
 */
export function fractionsOf({ splitFractions }: OpenDatasetOptions): {
  readonly shares: Readonly<Record<string, number>>;
  readonly seed: number;
} {
  const { train, val, test, seed = 0 } = splitFractions ?? { train: 0.7, val: 0.15, test: 0.15 };
  return { shares: { train, val, test }, seed };
}
