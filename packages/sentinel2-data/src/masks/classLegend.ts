import { LulcError } from '@lulc/core';
import { ignoreLabel } from '@lulc/core/segmentation';
import type { MaskCoding } from './maskCoding.js';

/** What a mask holds where a class is: a number, or a colour like `'#00ffff'`. */
export type MaskValue = number | string;

/**
 * Classes and what masks hold where they are: a list of names (the first is 0, the next 1 …), or names with their value
 * or values, in index order: `{ 'built-up': 1, vegetation: 2 }`, `{ cloud: [192, 255] }`, `{ water: '#0000ff' }`.
 */
export type ClassLegend = readonly string[] | Readonly<Record<string, MaskValue | readonly MaskValue[]>>;

/** Classes with the coding of their masks. */
export interface MaskLegend {
  /** Names in index order. */
  readonly classes: readonly string[];
  /** How stored masks become their indices. */
  readonly coding: MaskCoding;
}

/**
 * Reads a legend.
 *
 * @param legend classes and their values
 * @param ignore values of pixels that count for nothing
 * @param rest what unknown values mean, and from where on a channel of a colour counts as full
 * @throws LulcError `invalid-argument`: no classes or more than 255, a value twice, values that are neither whole numbers
 *   from 0 to 65535 nor colours, numbers beside colours
 */
export function maskLegend(
  legend: ClassLegend,
  ignore: readonly MaskValue[],
  rest: Pick<MaskCoding, 'unknown' | 'threshold'>,
): MaskLegend {
  const entries: readonly (readonly [string, MaskValue | readonly MaskValue[]])[] = isList(legend)
    ? legend.map((name, index) => [name, index] as const)
    : Object.entries(legend);
  const classes = entries.map(([name]) => name);
  if (classes.length === 0 || classes.length > ignoreLabel || new Set(classes).size !== classes.length) {
    throw new LulcError('invalid-argument', `${classes.length} classes; there must be 1 to ${ignoreLabel}, each once`);
  }
  const listed = [
    ...entries.flatMap(([, values], label) =>
      (isList(values) ? values : [values]).map((value) => [value, label] as const),
    ),
    ...ignore.map((value) => [value, ignoreLabel] as const),
  ];
  const kind = typeof listed[0][0] === 'number' ? 'index' : 'colour';
  const table = listed.map(([value, label]) => {
    if ((kind === 'index') !== (typeof value === 'number')) {
      throw new LulcError('invalid-argument', 'some values of the classes are numbers, some colours');
    }
    return [storedValue(value), label] as const;
  });
  const twice = table.find(([value], i) => table.findIndex(([other]) => other === value) !== i);
  if (twice !== undefined) {
    throw new LulcError('invalid-argument', 'a value of masks is named twice', { where: { value: twice[0] } });
  }
  return { classes, coding: { kind, table, ...rest } };
}

/**
 * The colours of a legend as it is written in options.
 *
 * @param value a number from 0 to 65535, or `#RRGGBB`
 * @throws LulcError `invalid-argument`
 */
function storedValue(value: MaskValue): number {
  if (typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)) return Number.parseInt(value.slice(1), 16);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new LulcError('invalid-argument', `'${value}' is not what a mask may hold`, {
    hint: "Masks hold whole numbers from 0 to 65535 or colours like '#00ffff'.",
  });
}

function isList<T>(value: T | readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
