import { unknownName } from '@lulc/core';
import { type ModelName, type ZooEntry, zooEntries } from './entries.js';

/** What of a name counts when it is compared generously: letters and digits. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Names by spelling; where two share one, the first has it. */
function lookUp(spell: (name: string) => string): ReadonlyMap<string, ModelName> {
  const found = new Map<string, ModelName>();
  const entries: readonly (ZooEntry & { readonly name: ModelName })[] = zooEntries;
  const spellings = [
    ...entries.map(({ name }) => [name, name] as const),
    ...entries.flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name] as const)),
  ];
  for (const [spelling, name] of spellings) {
    if (!found.has(spell(spelling))) found.set(spell(spelling), name);
  }
  return found;
}

/** From strict to generous: `ResNet_50` is not `ResNet50`, but `resnet-50` is. */
const lookUps = [(name: string) => name, (name: string) => name.toLowerCase(), bare].map((spell) => ({
  spell,
  names: lookUp(spell),
}));

/**
 * The name in the table that somebody means: a name or alias, whatever its case, with or without `-`, `/`, `_` and spaces.
 *
 * @throws LulcError `unknown-name` with the nearest name
 */
export function findName(name: string): ModelName {
  for (const { spell, names } of lookUps) {
    const found = names.get(spell(name));
    if (found !== undefined) return found;
  }
  throw unknownName('model in the zoo', name, [...lookUps[0].names.keys()], { model: name });
}
