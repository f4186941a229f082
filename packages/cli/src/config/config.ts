import type { z } from 'zod';
import { type ConfigLayout, configTree } from './layout.js';
import { layouts } from './layouts.js';
import type { configSchema } from './schema.js';
import { trainLayout } from './train.js';

/** A configuration with every default filled in; docs/configuration.md describes every setting. */
export interface Config extends z.output<typeof configSchema> {}

/** A configuration as a file may give it; docs/configuration.md describes every setting. */
export interface ConfigInput extends z.input<typeof configSchema> {}

/**
 * The layout of a configuration file as JSON Schema (draft 2020-12): for editors, which then check and complete files
 * while they are written. Flags and docs/configuration.md are made from the same schema.
 *
 * @param command whose configuration; default `'train'`
 * @returns plain data
 */
export function configJsonSchema(command: ConfigLayout['name'] = 'train'): Readonly<Record<string, unknown>> {
  const layout = layouts.find(({ name }) => name === command);
  return structuredClone(configTree(layout ?? trainLayout)) as Readonly<Record<string, unknown>>;
}
