import { z } from 'zod';
import { configSchema } from './schema.js';

/** A configuration with every default filled in; docs/configuration.md describes every setting. */
export interface Config extends z.output<typeof configSchema> {}

/** A configuration as a file may give it; docs/configuration.md describes every setting. */
export interface ConfigInput extends z.input<typeof configSchema> {}

/**
 * The layout of the configuration file as JSON Schema (draft 2020-12): for editors, which then check and complete files
 * while they are written. Flags and docs/configuration.md are made from the same schema.
 *
 * @returns plain data
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configSchema, { io: 'input' }) as Readonly<Record<string, unknown>>;
}
