import type { CommandContext } from '../program/io.js';

export async function quickstart(context: CommandContext, _: { out: string; engine: string | undefined }): Promise<number | undefined> {
  context.log('not yet');
  return undefined;
}
