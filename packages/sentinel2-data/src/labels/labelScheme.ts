import { type ClassificationTask, unknownName } from '@lulc/core';

/** The classes of a benchmark and every spelling under which its files name them. */
export interface LabelScheme {
  /** Name of the scheme, e.g. `'bigearthnet-19'`. */
  readonly name: string;
  /** Whether an image has one class or any number. */
  readonly task: ClassificationTask;
  /** Class names in index order. */
  readonly classes: readonly string[];
  /**
   * Other names that occur in files, each with the class it means, or `undefined` for a label that the scheme knows
   * and leaves out.
   */
  readonly otherNames: Readonly<Record<string, string | undefined>>;
}

const lookups = new WeakMap<LabelScheme, ReadonlyMap<string, number | undefined>>();

/**
 * The class index of a label as written in a file. Case, punctuation and spaces do not matter
 * (`Transitional woodland/shrub` and `Transitional woodland, shrub` are the same).
 *
 * @param scheme the classes
 * @param label a label as found
 * @returns 0 … classes−1, or `undefined` for a known label that the scheme leaves out
 * @throws LulcError `unknown-name` with the nearest known label
 */
export function labelIndex(scheme: LabelScheme, label: string): number | undefined {
  let lookup = lookups.get(scheme);
  if (lookup === undefined) {
    const index = (name: string) => scheme.classes.indexOf(name);
    lookup = new Map([
      ...Object.entries(scheme.otherNames).map(
        ([name, target]) => [letters(name), target === undefined ? undefined : index(target)] as const,
      ),
      ...scheme.classes.map((name, i) => [letters(name), i] as const),
    ]);
    lookups.set(scheme, lookup);
  }
  const key = letters(label);
  if (lookup.has(key)) return lookup.get(key);
  throw unknownName(`${scheme.name} label`, label, [...scheme.classes, ...Object.keys(scheme.otherNames)], { label });
}

/**
 * The class indices of a list of labels: sorted, each once, labels that the scheme leaves out dropped.
 *
 * @param scheme the classes
 * @param labels labels as found
 * @throws LulcError `unknown-name`
 */
export function labelIndices(scheme: LabelScheme, labels: readonly string[]): number[] {
  const indices = new Set<number>();
  for (const label of labels) {
    const index = labelIndex(scheme, label);
    if (index !== undefined) indices.add(index);
  }
  return [...indices].sort((a, b) => a - b);
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
