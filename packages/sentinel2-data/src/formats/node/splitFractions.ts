import { LulcError } from '@lulc/core';
import { splitByGroup, stratifiedSplit } from '../../dataset/split.js';
import type { PartFractions } from '../options.js';

/** What was asked for of a dataset without a split of its own. */
interface PartOptions {
  readonly path: string;
  readonly splitFractions?: PartFractions;
}

/**
 * How a dataset without a split of its own is parted.
 *
 * @param options what was asked for
 */
export function fractionsOf({ splitFractions }: Pick<PartOptions, 'splitFractions'>): {
  readonly shares: Readonly<Record<string, number>>;
  readonly seed: number;
} {
  const { train, val, test, seed = 0 } = splitFractions ?? { train: 0.7, val: 0.15, test: 0.15 };
  return { shares: { train, val, test }, seed };
}

/**
 * A part of samples that have no split: by group where all have one, else by label.
 *
 * @param options shares and seed
 * @param samples all samples
 * @param split the part asked for
 * @param shares shares of the parts; default: those of the options
 * @throws LulcError `unknown-name` when there is no such part
 */
export function derivedPart<S extends { readonly group: unknown; readonly label: readonly number[] }>(
  options: PartOptions,
  samples: readonly S[],
  split: string,
  shares: Readonly<Record<string, number>> = fractionsOf(options).shares,
): readonly S[] {
  const { seed } = fractionsOf(options);
  const groups = samples.map(({ group }) => group);
  const parts = groups.every((group) => typeof group === 'string')
    ? splitByGroup(groups, shares, seed)
    : stratifiedSplit(
        samples.map(({ label }) => label),
        shares,
        seed,
      );
  const members = parts[split];
  if (members !== undefined) return members.map((i) => samples[i]);
  throw new LulcError('unknown-name', `no part '${split}'`, {
    where: { file: options.path },
    hint: `Parts that are made are ${Object.keys(parts).join(', ')}.`,
  });
}
