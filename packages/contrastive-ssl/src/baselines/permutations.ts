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
  const { first, last } = packed(all, order);
  const nearest = new Uint8Array(candidates).fill(cells);
  const sums = new Uint32Array(candidates);
  const chosen: number[] = [0];
  while (chosen.length < count) {
    const newest = chosen[chosen.length - 1];
    const [firstOfNewest, lastOfNewest] = [first[newest], last[newest]];
    let next = 0;
    for (let candidate = 0; candidate < candidates; candidate++) {
      const distance = unequalNibbles(first[candidate] ^ firstOfNewest) + (last[candidate] === lastOfNewest ? 0 : 1);
      if (distance < nearest[candidate]) nearest[candidate] = distance;
      sums[candidate] += distance;
      const ahead = nearest[candidate] - nearest[next];
      if (ahead > 0 || (ahead === 0 && sums[candidate] > sums[next])) next = candidate;
    }
    chosen.push(next);
  }
  return chosen.map((candidate) => [...all.subarray(order[candidate] * cells, (order[candidate] + 1) * cells)]);
}

/** The orders in the drawn sequence: the first eight places in four bits each, and the last. */
function packed(all: Uint8Array, order: Uint32Array): { readonly first: Uint32Array; readonly last: Uint8Array } {
  const first = new Uint32Array(order.length);
  const last = new Uint8Array(order.length);
  order.forEach((permutation, candidate) => {
    const from = permutation * cells;
    for (let place = 0; place < cells - 1; place++) first[candidate] |= all[from + place] << (4 * place);
    last[candidate] = all[from + cells - 1];
  });
  return { first, last };
}

/** How many groups of four bits are not 0. */
function unequalNibbles(bits: number): number {
  const pairs = bits | (bits >>> 1);
  return Math.imul((pairs | (pairs >>> 2)) & 0x11111111, 0x11111111) >>> 28;
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
