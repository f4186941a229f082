import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import { type ConfigLayout, configTree } from '../config/layout.js';
import type { Override } from '../config/load.js';
import { type ConfigLeaf, configLeaves } from '../config/tree.js';

/** Short forms of often used settings. */
export const shortFlags: Readonly<Record<string, string>> = {
  data: 'data.path',
  out: 'output',
  epochs: 'training.epochs',
};

/** Headings of the settings in `--help`, by the first part of their path. */
const headings: Readonly<Record<string, string>> = {
  data: 'Data settings:',
  model: 'Model settings:',
  network: 'Network settings:',
  method: 'Method settings:',
  views: 'View settings:',
  training: 'Training settings:',
  augmentation: 'Augmentation settings:',
};

/**
 * Gives a command a flag for every setting of the configuration (`--training.epochs 10`), so that flags, file and
 * documentation cannot drift apart.
 *
 * @param command what gets the flags
 * @param layout the kind of configuration
 * @param wanted which settings; default all
 */
export function addConfigFlags(
  command: Command,
  layout: ConfigLayout,
  wanted: (leaf: ConfigLeaf) => boolean = () => true,
): Command {
  const leaves = configLeaves(configTree(layout)).filter(wanted);
  for (const [short, path] of Object.entries(shortFlags)) {
    if (leaves.some((leaf) => leaf.path === path)) {
      command.addOption(new Option(`--${short} <value>`, `short for --${path}`));
    }
  }
  for (const leaf of leaves) command.addOption(flagOf(leaf));
  return command;
}

function flagOf(leaf: ConfigLeaf): Option {
  const value = leaf.isFlag ? '[value]' : '<value>';
  const inDefault = leaf.default === undefined ? '' : ` Default: ${JSON.stringify(leaf.default)}.`;
  const option = new Option(
    `--${leaf.path} ${value}`,
    `${leaf.description}${inDefault} Takes ${leaf.allowed.replaceAll('`', '')}.`,
  );
  const heading = headings[leaf.path.split('.')[0]] ?? 'Other settings:';
  return (leaf.isFlag ? option.preset('true') : option).helpGroup(heading);
}

/**
 * The settings among the flags of a call.
 *
 * @param layout the kind of configuration
 * @param flags what the command got, by flag name
 */
export function overridesOf(layout: ConfigLayout, flags: Readonly<Record<string, unknown>>): readonly Override[] {
  const leaves = new Map(configLeaves(configTree(layout)).map((leaf) => [leaf.path, leaf]));
  return Object.entries(flags).flatMap(([name, raw]) => {
    const path = shortFlags[name] ?? name;
    const leaf = leaves.get(path);
    return leaf === undefined || typeof raw !== 'string' ? [] : [{ path, value: leaf.isText ? raw : readValue(raw) }];
  });
}

/** A number, truth value or list as YAML writes it; anything else stays text, for the schema to judge. */
function readValue(raw: string): unknown {
  try {
    return parse(raw, { maxAliasCount: 0 }) as unknown;
  } catch {
    return raw;
  }
}
