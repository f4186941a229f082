import type { Program, ValueId } from '../ir.js';

/** Leaves out calls whose results nobody reads. */
export function withoutDeadCode(program: Program): Program {
  const needed = new Set<ValueId>([...program.results, ...program.assigned].map(({ value }) => value));
  const kept = program.instructions.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((value) => needed.has(value))) return false;
    for (const input of inputs) if (input !== undefined) needed.add(input.value);
    return true;
  });
  return { ...program, instructions: kept.reverse() };
}
