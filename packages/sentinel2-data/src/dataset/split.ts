import { LulcError, random } from '@lulc/core';

/** Names of parts with the share of the samples that each is to get; shares are relative. */
export type SplitFractions = Readonly<Record<string, number>>;

/** Sample indices of each part, ascending. */
export type Split<Fractions extends SplitFractions> = { readonly [Part in keyof Fractions]: readonly number[] };

/**
 * Parts a dataset so that every combination of labels is shared out in the given proportions (to within one sample).
 *
 * @param labels class indices per sample
 * @param fractions e.g. `{ train: 0.7, val: 0.15, test: 0.15 }`
 * @param seed same seed, same split
 * @throws LulcError `invalid-argument` (shares that are negative or sum to 0)
 */
export function stratifiedSplit<Fractions extends SplitFractions>(
  labels: readonly (readonly number[])[],
  fractions: Fractions,
  seed: number,
): Split<Fractions> {
  const shares = normalised(fractions);
  const strata = groupIndices(labels.map((label) => [...label].sort((a, b) => a - b).join(' ')));
  const parts = shares.map((): number[] => []);
  let assigned = 0;
  [...strata.keys()].sort().forEach((stratum, s) => {
    const members = strata.get(stratum) ?? [];
    for (const i of random(seed, 1, s).permutation(members.length)) {
      assigned++;
      parts[mostLacking(shares, assigned, parts)].push(members[i]);
    }
  });
  return named(fractions, parts);
}

/**
 * Parts a dataset by groups (location, scene, tile, date): no group is ever in two parts. Large groups are placed
 * first, each where most is lacking, so that the shares are met as nearly as whole groups allow.
 *
 * @param groups group of each sample
 * @param fractions e.g. `{ train: 0.7, val: 0.15, test: 0.15 }`
 * @param seed same seed, same split
 * @throws LulcError `invalid-argument` (shares that are negative or sum to 0)
 * @example
 * ```ts
 * import { splitByGroup } from '@lulc/sentinel2-data';
 *
 * const { train, test } = splitByGroup(['a', 'a', 'b', 'c', 'c', 'd'], { train: 0.5, test: 0.5 }, 42);
 * console.log(train.length, test.length); // 3 3
 * ```
 */
export function splitByGroup<Fractions extends SplitFractions>(
  groups: readonly (string | number)[],
  fractions: Fractions,
  seed: number,
): Split<Fractions> {
  const shares = normalised(fractions);
  const members = groupIndices(groups);
  const names = [...members.keys()].sort();
  const size = (name: string) => members.get(name)?.length ?? 0;
  const shuffled = Array.from(random(seed, 2).permutation(names.length), (i) => names[i]);
  const parts = shares.map((): number[] => []);
  for (const name of shuffled.sort((a, b) => size(b) - size(a))) {
    parts[mostLacking(shares, groups.length, parts)].push(...(members.get(name) ?? []));
  }
  return named(fractions, parts);
}

/** The part that is furthest below its share of `total`. */
function mostLacking(shares: readonly number[], total: number, parts: readonly (readonly number[])[]): number {
  let most = 0;
  const lack = (part: number) => shares[part] * total - parts[part].length;
  for (let part = 1; part < shares.length; part++) if (lack(part) > lack(most)) most = part;
  return most;
}

function normalised(fractions: SplitFractions): number[] {
  const shares = Object.values(fractions);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.some((share) => !(share >= 0)) || !(sum > 0) || !Number.isFinite(sum)) {
    throw new LulcError('invalid-argument', 'the shares of a split must be 0 or more and not all 0', {
      where: { shares: shares.join(', ') },
    });
  }
  return shares.map((share) => share / sum);
}

/**
 * The positions of each key.
 *
 * @param keys one key per sample
 */
export function groupIndices(keys: readonly (string | number)[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  keys.forEach((key, i) => {
    const name = String(key);
    const members = groups.get(name);
    if (members) members.push(i);
    else groups.set(name, [i]);
  });
  return groups;
}

function named<Fractions extends SplitFractions>(fractions: Fractions, parts: number[][]): Split<Fractions> {
  const sorted = parts.map((part) => part.sort((a, b) => a - b));
  return Object.fromEntries(Object.keys(fractions).map((name, i) => [name, sorted[i]])) as unknown as Split<Fractions>;
}
