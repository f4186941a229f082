import { z } from 'zod';
import type { SchemaNode } from './tree.js';

/** One kind of configuration file: what it may hold, and how its page of the documentation begins. */
export interface ConfigLayout<Schema extends z.ZodType = z.ZodType> {
  /** The command, or group of commands, that it configures: `lulc <name> --config`. */
  readonly name: 'train' | 'pretrain' | 'finetune' | 'clouds' | 'data info';
  /** Every setting with its range, default and description. */
  readonly schema: Schema;
  /** What a group is when it has options but does not say of what, by dotted path. */
  readonly impliedNames: Readonly<Record<string, string>>;
  /** A file to begin with. */
  readonly example: string;
  /**
   * Refuses what the schema cannot express.
   *
   * @param value what the file and the flags gave, before defaults
   * @param where where it comes from, for the error
   */
  refuse?(value: Readonly<Record<string, unknown>>, where: Readonly<Record<string, string>>): void;
}

const trees = new WeakMap<ConfigLayout, SchemaNode>();

/** The schema as data: what documentation, flags and hints are made from. */
export function configTree(layout: ConfigLayout): SchemaNode {
  const known = trees.get(layout);
  if (known !== undefined) return known;
  const tree = z.toJSONSchema(layout.schema, { io: 'input' }) as SchemaNode;
  trees.set(layout, tree);
  return tree;
}
