import { LulcError } from '@lulc/core';
import type { Split } from './splits.js';

/**
 * The text of a `splits_final.json`, as nnU-Net reads it.
 *
 * @param splits one per fold
 */
export function splitsToJson(splits: readonly Split[]): string {
  return `${JSON.stringify(
    splits.map(({ train, val }) => ({ train, val })),
    null,
    4,
  )}\n`;
}

/**
 * Reads a `splits_final.json`: nnU-Net's, or one written by hand.
 *
 * @param text of the file
 * @param ids of the cases that there are; every one the file names must be among them. Default: not checked
 * @throws LulcError `corrupt-file` when it is no list of `{ train, val }`, or a case is in both parts of a fold;
 *   `incompatible` when it names cases that there are not
 */
export function splitsFromJson(text: string, ids?: Iterable<string>): readonly Split[] {
  const known = ids === undefined ? undefined : new Set(ids);
  const content = parse(text);
  if (!Array.isArray(content) || content.length === 0) throw corrupt('a list of folds is expected');
  return content.map((fold: unknown, index) => {
    const { train, val } = (typeof fold === 'object' && fold !== null ? fold : {}) as Record<string, unknown>;
    if (!isIds(train) || !isIds(val))
      throw corrupt('a fold needs lists "train" and "val" of case ids', { fold: index });
    const inTrain = new Set(train);
    const both = val.find((id) => inTrain.has(id));
    if (both !== undefined) throw corrupt('a case is trained on and validated with', { fold: index, case: both });
    const unknown = [...train, ...val].find((id) => known?.has(id) === false);
    if (unknown !== undefined) {
      throw new LulcError('incompatible', 'the splits name a case that there is not', {
        where: { fold: index, case: unknown },
        hint: 'The file belongs to another dataset, or cases were removed since.',
      });
    }
    return { train, val };
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LulcError('corrupt-file', 'splits_final.json is no JSON', { cause });
  }
}

const isIds = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((id) => typeof id === 'string');

const corrupt = (message: string, where: Readonly<Record<string, string | number>> = {}): LulcError =>
  new LulcError('corrupt-file', `splits_final.json: ${message}`, { where });
