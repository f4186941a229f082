import type { NativeType, NativeValues } from '../native/addon.js';

/** A value of a program: the result of an instruction or something from outside. */
export type ValueId = number;

/** Where a value comes from. */
export type ValueSource =
  /** The argument at a position of the recorded function. */
  | { readonly kind: 'argument'; readonly index: number }
  /** A TF.js variable, read anew at each replay. */
  | { readonly kind: 'variable'; readonly index: number }
  /** Numbers that came from JavaScript while recording, the same each time. */
  | { readonly kind: 'uploaded'; readonly values: NativeValues }
  /** A tensor that was there before and is not a variable. */
  | { readonly kind: 'tensor' }
  /** An instruction. */
  | { readonly kind: 'result' };

/** What is known of a value. */
export interface ProgramValue {
  readonly source: ValueSource;
  readonly shape: readonly number[];
  readonly dtype: NativeType;
  /** Native handle of a value from outside that stays as it is (`uploaded`, `tensor`); the program keeps it alive. */
  readonly handle: number;
}

/** An input of an instruction: a value in the shape in which the kernel sees it, or nothing. */
export interface Operand {
  readonly value: ValueId;
  readonly shape: readonly number[];
}

/** An attribute that a replay sets by name. */
export interface DynamicNumber {
  readonly name: string;
  /** Position among the attributes. */
  readonly index: number;
}

/** One kernel call. */
export interface Instruction {
  /** Name of the native kernel. */
  readonly kernel: string;
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes: readonly number[];
  readonly dynamics: readonly DynamicNumber[];
  readonly outputs: readonly ValueId[];
}

/** A value that leaves the program, in a shape. */
export interface Result {
  readonly value: ValueId;
  readonly shape: readonly number[];
}

/** A recorded computation: plain data that passes rewrite. Kernels are pure, so an instruction is known by its inputs. */
export interface Program {
  readonly values: readonly ProgramValue[];
  readonly instructions: readonly Instruction[];
  /** What the function returned. */
  readonly results: readonly Result[];
  /** Variables that were given a new value, by index. */
  readonly assigned: readonly { readonly variable: number; readonly value: ValueId }[];
}
