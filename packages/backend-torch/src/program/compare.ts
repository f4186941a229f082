import type { Operand, Program, ProgramValue } from './ir.js';

/**
 * Whether two recordings of a function are one computation: the same kernels on the same values with the same
 * attributes. Numbers that a replay sets by name may differ. If anything else does, the function does something that a
 * replay would miss.
 *
 * @returns nothing when they are, else the first difference
 */
export function difference(a: Program, b: Program): string | undefined {
  if (a.instructions.length !== b.instructions.length) return 'it calls other kernels each time';
  for (let i = 0; i < a.instructions.length; i++) {
    const one = a.instructions[i];
    const two = b.instructions[i];
    if (one.kernel !== two.kernel) return `it calls ${one.kernel} one time and ${two.kernel} another`;
    const dynamic = new Set(one.dynamics.map(({ index }) => index));
    const isSame =
      sameList(one.inputs, two.inputs, sameOperand) &&
      sameList(one.outputs, two.outputs, Object.is) &&
      one.attributes.length === two.attributes.length &&
      one.attributes.every((value, index) => dynamic.has(index) || Object.is(value, two.attributes[index]));
    if (!isSame) return `${one.kernel} gets other attributes or inputs each time`;
  }
  if (a.values.length !== b.values.length) return 'it makes other tensors each time';
  for (let i = 0; i < a.values.length; i++) {
    if (!sameSource(a.values[i], b.values[i])) return describe(a.values[i]);
  }
  const isSame =
    sameList(a.results, b.results, sameOperand) &&
    sameList(a.assigned, b.assigned, (x, y) => x.variable === y.variable && x.value === y.value);
  return isSame ? undefined : 'it gives other results each time';
}

function describe({ source, shape }: ProgramValue): string {
  return source.kind === 'uploaded'
    ? `numbers of shape [${shape}] made in JavaScript differ from call to call`
    : `a tensor of shape [${shape}] that is neither an input nor a variable differs from call to call`;
}

function sameSource(a: ProgramValue, b: ProgramValue): boolean {
  const one = a.source;
  const two = b.source;
  if (a.dtype !== b.dtype || !sameList(a.shape, b.shape, Object.is)) return false;
  if (one.kind === 'uploaded' && two.kind === 'uploaded') return sameList(one.values, two.values, Object.is);
  if (one.kind === 'tensor' && two.kind === 'tensor') return a.handle === b.handle;
  if ('index' in one && 'index' in two) return one.kind === two.kind && one.index === two.index;
  return one.kind === two.kind;
}

function sameOperand(a: Operand | undefined, b: Operand | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.value === b.value && sameList(a.shape, b.shape, Object.is);
}

function sameList<T>(a: ArrayLike<T>, b: ArrayLike<T>, same: (x: T, y: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
  return true;
}
