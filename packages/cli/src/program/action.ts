import type { CommandContext, CommonFlags } from './io.js';

/** Flags of a call by name, as the parser gives them. */
export type Flags = CommonFlags & Readonly<Record<string, unknown>>;

/**
 * What a command does.
 *
 * @returns exit status; nothing means done
 */
export type Action = (
  context: CommandContext,
  flags: Flags,
  positional: readonly string[],
) => Promise<number | undefined>;
