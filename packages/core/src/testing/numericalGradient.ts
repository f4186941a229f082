import { random } from '../random/random.js';

/** Repeatable numbers between -1 and 1 that float32 holds exactly. */
export function drawNumbers(count: number, seed: number): number[] {
  const source = random(seed);
  return Array.from({ length: count }, () => Math.fround(2 * source.next() - 1));
}

/**
 * The gradient of a function in double precision by central differences, for each of its arguments.
 *
 * @param f the function
 * @param args where
 * @param step of the differences
 */
export function numericalGradient(
  f: (...args: readonly number[][]) => number,
  args: readonly number[][],
  step = 1e-5,
): number[][] {
  return args.map((values, argument) =>
    values.map((value, i) => {
      const at = (moved: number) =>
        f(...args.map((list, k) => (k === argument ? list.map((old, j) => (j === i ? moved : old)) : list)));
      return (at(value + step) - at(value - step)) / (2 * step);
    }),
  );
}

/** Largest difference of two lists of numbers of one length; NaN where one is not a number. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers and ${b.length}`);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}
