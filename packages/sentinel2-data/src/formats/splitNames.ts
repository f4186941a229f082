const aliases: readonly (readonly string[])[] = [
  ['train', 'training'],
  ['val', 'validation', 'valid'],
  ['test', 'testing'],
];

/**
 * All the ways of writing the name of a part: `val` → `val`, `validation`, `valid`.
 *
 * @param split any of them
 */
export function splitNames(split: string): readonly string[] {
  const name = split.toLowerCase();
  return aliases.find((group) => group.includes(name)) ?? [split];
}

/**
 * The usual name of a part: `validation` → `val`.
 *
 * @param split any way of writing it
 */
export function usualSplitName(split: string): string {
  return splitNames(split)[0];
}
