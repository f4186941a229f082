import type { NativeType } from '../../native/addon.js';
import type { Instruction, Operand, Program, ProgramValue, ValueId } from '../ir.js';

/** A program with what rewriting rules ask about it. */
export interface Graph {
  readonly program: Program;
  /** The call that makes a value; nothing for values from outside. */
  producer(value: ValueId): Instruction | undefined;
  /** How often a value is read, results and assignments included. */
  uses(value: ValueId): number;
  /** The one call that reads a value, when there is exactly one and nothing else does. */
  onlyReader(value: ValueId): Instruction | undefined;
  /** The shape in which a value is made. */
  shape(value: ValueId): readonly number[];
  /** Whether a value is the same at every replay. */
  isConstant(value: ValueId): boolean;
}

/** Reads a program. */
export function graphOf(program: Program): Graph {
  const producers = new Map<ValueId, Instruction>();
  const readers = new Map<ValueId, Instruction[]>();
  const counts = new Map<ValueId, number>();
  const count = (value: ValueId): void => {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  };
  for (const instruction of program.instructions) {
    for (const value of instruction.outputs) producers.set(value, instruction);
    for (const input of instruction.inputs) {
      if (input === undefined) continue;
      count(input.value);
      readers.set(input.value, [...(readers.get(input.value) ?? []), instruction]);
    }
  }
  for (const { value } of [...program.results, ...program.assigned]) count(value);
  return {
    program,
    producer: (value) => producers.get(value),
    uses: (value) => counts.get(value) ?? 0,
    onlyReader: (value) => (counts.get(value) === 1 ? readers.get(value)?.[0] : undefined),
    shape: (value) => program.values[value].shape,
    isConstant: (value) => {
      const { kind } = program.values[value].source;
      return kind === 'uploaded' || kind === 'tensor';
    },
  };
}

/** A rewriting rule: what a call and its neighbours become, or nothing. */
export type Rule = (instruction: Instruction, graph: Graph) => Replacement | undefined;

/** Calls that take the place of others. Values keep their numbers; what is left without a reader goes away. */
export interface Replacement {
  /** Calls that are replaced. */
  readonly instead: readonly Instruction[];
  /** What replaces them. */
  readonly by: readonly Instruction[];
  /** Values that only the new calls make, numbered from the program's number of values on. */
  readonly values?: readonly ProgramValue[];
}

/** Applies a rule wherever it fits, until it fits nowhere. */
export function rewrite(program: Program, rule: Rule): Program {
  let current = program;
  for (;;) {
    const graph = graphOf(current);
    const touched = new Set<Instruction>();
    const replacements: Replacement[] = [];
    for (const instruction of current.instructions) {
      if (touched.has(instruction)) continue;
      const replacement = rule(instruction, graph);
      if (replacement === undefined || replacement.instead.some((old) => touched.has(old))) continue;
      for (const old of replacement.instead) touched.add(old);
      replacements.push(replacement);
      if (replacement.values !== undefined) break; // its numbers are taken
    }
    if (replacements.length === 0) return current;
    const newAt = new Map(replacements.map(({ instead, by }) => [instead[0], by]));
    const instructions = current.instructions.flatMap((instruction) =>
      touched.has(instruction) ? (newAt.get(instruction) ?? []) : [instruction],
    );
    current = inOrder({
      ...current,
      values: [...current.values, ...replacements.flatMap(({ values = [] }) => values)],
      instructions,
    });
  }
}

/** Puts every call behind those whose results it reads, otherwise in the order it was. */
function inOrder(program: Program): Program {
  const producers = new Map<ValueId, Instruction>();
  for (const instruction of program.instructions)
    for (const value of instruction.outputs) producers.set(value, instruction);
  const placed = new Set<Instruction>();
  const ordered: Instruction[] = [];
  const place = (root: Instruction): void => {
    // An explicit stack: a chain of calls may be longer than JavaScript's own.
    const stack: { readonly instruction: Instruction; next: number }[] = [{ instruction: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const input = top.instruction.inputs[top.next++];
      if (top.next > top.instruction.inputs.length) {
        stack.pop();
        if (!placed.has(top.instruction)) {
          placed.add(top.instruction);
          ordered.push(top.instruction);
        }
        continue;
      }
      const producer = input && producers.get(input.value);
      if (producer !== undefined && !placed.has(producer)) stack.push({ instruction: producer, next: 0 });
    }
  };
  for (const instruction of program.instructions) if (!placed.has(instruction)) place(instruction);
  return { ...program, instructions: ordered };
}

/** A call without dynamic attributes. */
export function call(
  kernel: string,
  inputs: readonly (Operand | undefined)[],
  outputs: readonly ValueId[],
  attributes: readonly number[] = [],
): Instruction {
  return { kernel, inputs, attributes, dynamics: [], outputs };
}

/** A value that a new call makes. */
export function resultValue(shape: readonly number[], dtype: NativeType = 'float32'): ProgramValue {
  return { source: { kind: 'result' }, shape, dtype, handle: -1 };
}

/** Whether two lists of sizes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The call that makes an operand, when it is of a kind, nobody else reads it, and it is seen in the shape it was made in. */
export function madeOnlyFor(operand: Operand | undefined, kernel: string, graph: Graph): Instruction | undefined {
  if (operand === undefined || graph.uses(operand.value) !== 1) return undefined;
  const producer = graph.producer(operand.value);
  return producer?.kernel === kernel && sameShape(operand.shape, graph.shape(operand.value)) ? producer : undefined;
}
