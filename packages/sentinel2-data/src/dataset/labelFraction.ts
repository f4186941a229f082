import { knownOption, LulcError, random, type SampleMeta } from '@lulc/core';
import { groupIndices } from './split.js';

/** How few labels are drawn. */
export interface LabelFractionOptions {
  /**
   * `'spread'`: samples from as many groups as possible, one of each group before a second of any, as when somebody labels a
   * little everywhere. `'groups'`: all samples of as few groups as needed, as when somebody labels a few places completely.
   * @defaultValue `'spread'`
   */
  readonly by?: 'spread' | 'groups';
}

/** Names this use of random numbers: other than those of splits. */
const fractionStream = 4;

/**
 * Draws a share of labelled samples by location, reproducibly. Draws are nested: with the same seed, the samples of a
 * smaller share are among those of a larger one. With `'spread'` the number is the share rounded to whole samples, with
 * `'groups'` that of the whole groups which come nearest to it; it is never 0. No attention is paid to classes: a small
 * share may lack some, as it would in the field.
 *
 * @param groups location (scene, tile, region …) of each sample, e.g. from {@link locationGroups}
 * @param fraction share of the samples, above 0, at most 1
 * @param seed same seed, same draw
 * @param options how the samples are spread
 * @returns sample indices, ascending
 * @throws LulcError `invalid-argument` (a share out of its range, no samples)
 * @example
 * ```ts
 * import { labelFraction } from '@lulc/sentinel2-data';
 *
 * const scenes = ['a', 'a', 'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd'];
 * const few = labelFraction(scenes, 0.3, 42);
 * console.log(few.length, new Set(few.map((i) => scenes[i])).size); // 3 3
 * ```
 */
export function labelFraction(
  groups: readonly (string | number)[],
  fraction: number,
  seed: number,
  options: LabelFractionOptions = {},
): readonly number[] {
  if (!(fraction > 0 && fraction <= 1) || groups.length === 0) {
    throw new LulcError('invalid-argument', 'a share above 0, at most 1, of one or more samples is needed', {
      where: { fraction, samples: groups.length },
    });
  }
  const members = [...groupIndices(groups).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const shuffled = (items: readonly number[], key: number) =>
    Array.from(random(seed, fractionStream, key).permutation(items.length), (i) => items[i]);
  const order = shuffled([...members.keys()], 0).map((group) => shuffled(members[group][1], group + 1));
  const wanted = fraction * groups.length;
  const chosen =
    knownOption('by', options.by ?? 'spread', ['spread', 'groups']) === 'groups'
      ? wholeGroups(order, wanted)
      : inTurn(order, wanted);
  return chosen.sort((a, b) => a - b);
}

/** One of each group, then a second of each, and so on. */
function inTurn(order: readonly (readonly number[])[], wanted: number): number[] {
  const rounds = Math.max(...order.map((group) => group.length));
  const turns = Array.from({ length: rounds }, (_, round) => order.flatMap((group) => group.slice(round, round + 1)));
  return turns.flat().slice(0, Math.max(1, Math.round(wanted)));
}

/** The first groups whose total is nearest to what is wanted. */
function wholeGroups(order: readonly (readonly number[])[], wanted: number): number[] {
  let count = 1;
  let total = order[0].length;
  while (count < order.length && Math.abs(total + order[count].length - wanted) <= Math.abs(total - wanted)) {
    total += order[count].length;
    count++;
  }
  return order.slice(0, count).flat();
}

/**
 * The location of each sample of a set of files: its group where the set knows one, else the sample itself.
 *
 * @param set a set of files
 */
export function locationGroups(set: { readonly length: number; meta(index: number): SampleMeta }): readonly string[] {
  return Array.from({ length: set.length }, (_, index) => {
    const { id, group } = set.meta(index);
    return String(group ?? id);
  });
}
