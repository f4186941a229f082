import type { OptionKinds } from '@lulc/core';
import type { WindowOptions } from '@lulc/core/segmentation';

/** What windows may be told, for callers without types. */
export const windowKinds = {
  tile: 'pair',
  overlap: 'number',
  importance: 'text',
  placement: 'text',
  batchSize: 'number',
  mirror: 'texts',
  signal: 'record',
} as const satisfies Readonly<Partial<Record<keyof WindowOptions, OptionKinds>>>;

/** What every source of batches has, for callers without types. */
export const sourceKinds = {
  info: { name: 'text', classes: 'texts', bands: 'texts' },
  batchSize: 'number',
  stepsPerEpoch: 'number',
  epoch: 'function',
} as const;

/** What every model has, for callers without types. */
export const modelKinds = { inputs: 'list', outputs: 'list' } as const;

/**
 * Names of all options of an option, and of theirs, as `requireKinds` wants those that must be given.
 *
 * @param option the one
 * @param kinds its options
 */
export const requiredInside = (option: string, kinds: { readonly [name: string]: OptionKinds }): readonly string[] =>
  Object.entries(kinds).flatMap(([name, kind]) => {
    const path = `${option}.${name}`;
    const isObject = typeof kind === 'object' && !Array.isArray(kind);
    return isObject ? [path, ...requiredInside(path, kind as typeof kinds)] : [path];
  });
