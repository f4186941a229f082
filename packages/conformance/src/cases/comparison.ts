import type { GoldenFile } from '../golden/files.js';

/** One number that a golden file expects, what the library gives, and how far apart they may be. */
export interface Comparison {
  readonly what: string;
  readonly got: number;
  readonly expected: number;
  readonly tolerance: number;
}

/** How files that are not networks are run: recognised by their fields, never by their names. */
export interface TableRunner {
  /** Fields that mark the kind. */
  readonly fields: readonly string[];
  /** Every number of the file beside what the library gives. */
  compare(file: GoldenFile): Iterable<Comparison> | AsyncIterable<Comparison>;
}

/** How far apart numbers may be by a file's advice. */
export const adviceOf = <Name extends string>(file: GoldenFile): Readonly<Record<Name, number>> =>
  (file.tolerance as { advice: Readonly<Record<Name, number>> }).advice;

/** The statistics of a golden file's tensor beside those of the same tensor here. */
export function* compareStatistics(
  what: string,
  got: ArrayLike<number>,
  expected: {
    readonly first: readonly number[];
    readonly mean?: number;
    readonly std?: number;
    readonly l2: number;
    readonly probe?: { readonly start: number; readonly step: number; readonly values: readonly number[] };
  },
  toleranceOf: (expected: number) => number,
): Iterable<Comparison> {
  const row = (name: string, value: number, wanted: number): Comparison => ({
    what: `${what} ${name}`,
    got: value,
    expected: wanted,
    tolerance: toleranceOf(wanted),
  });
  for (const [i, wanted] of expected.first.entries()) yield row(`value ${i}`, got[i], wanted);
  const { start = 0, step = 1, values = [] } = expected.probe ?? {};
  for (const [i, wanted] of values.entries()) yield row(`probe ${i}`, got[start + i * step], wanted);
  const all = Array.from(got);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const square = all.reduce((a, b) => a + b * b, 0);
  yield row('norm', Math.sqrt(square), expected.l2);
  if (expected.mean !== undefined) yield row('mean', mean, expected.mean);
  if (expected.std !== undefined) yield row('deviation', Math.sqrt(square / all.length - mean ** 2), expected.std);
}
