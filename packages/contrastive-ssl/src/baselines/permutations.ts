import { LulcError, random, requireCount } from '@lulc/core';

/** Cells of the puzzle. */
const cells = 9;

/**
 * A set of orders of the nine cells that differ as much as possible (Noroozi & Favaro 2016, arXiv:1603.09246): each next one
 * is that whose nearest member of the set so far is farthest, by the number of cells in other places; among equals that
 * with the largest sum of distances, then the first in an order drawn by the seed. The published GLCNet code ships a
 * random-like set instead, in which some orders differ in two cells only.
 *
 * @param count orders, 2 to 362,880
 * @param seed of the first one, and of the choice among equals
 * @returns `[count][9]`: which cell lies in each place
 * @throws LulcError `invalid-argument` for another count
 * @example
 * ```ts
 * import { distantPermutations } from '@lulc/contrastive-ssl';
 *
 * const [first, second] = distantPermutations(2, 1);
 * console.log(first.filter((cell, place) => cell === second[place]).length); // 0
 * ```
 */
export function distantPermutations(count: number, seed: number): readonly (readonly number[])[] {
  requireCount({ permutations: count });
  const all = allPermutations();
  const candidates = all.length / cells;
  if (count < 2 || count > candidates) {
    throw new LulcError('invalid-argument', `permutations must be 2 to ${candidates}, got ${count}`, {
      where: { option: 'permutations' },
    });
  }
  const order = random(seed, 0).permutation(candidates);
  const nearest = new Uint8Array(candidates).fill(cells);
  const sums = new Uint32Array(candidates);
  const chosen: (readonly number[])[] = [];
  let next = order[0];
  for (;;) {
    chosen.push([...all.subarray(next * cells, (next + 1) * cells)]);
    if (chosen.length === count) return chosen;
    const last = next;
    next = order[0];
    for (const candidate of order) {
      const distance = hamming(all, candidate * cells, last * cells);
      if (distance < nearest[candidate]) nearest[candidate] = distance;
      sums[candidate] += distance;
      const ahead = nearest[candidate] - nearest[next];
      if (ahead > 0 || (ahead === 0 && sums[candidate] > sums[next])) next = candidate;
    }
  }
}

function hamming(values: Uint8Array, a: number, b: number): number {
  let distance = 0;
  for (let i = 0; i < cells; i++) if (values[a + i] !== values[b + i]) distance++;
  return distance;
}

/** All orders of the cells, one after the other, by Heap's algorithm. */
function allPermutations(): Uint8Array {
  let total = 1;
  for (let i = 2; i <= cells; i++) total *= i;
  const all = new Uint8Array(total * cells);
  const current = Uint8Array.from({ length: cells }, (_, i) => i);
  const counters = new Uint8Array(cells);
  all.set(current, 0);
  let made = 1;
  for (let i = 1; i < cells; ) {
    if (counters[i] < i) {
      const other = i % 2 === 0 ? 0 : counters[i];
      [current[other], current[i]] = [current[i], current[other]];
      all.set(current, made++ * cells);
      counters[i]++;
      i = 1;
    } else {
      counters[i++] = 0;
    }
  }
  return all;
}
