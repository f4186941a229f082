import type { TorchBackend } from '../backend/torchBackend.js';
import type { Program } from './ir.js';
import { type Folded, foldConstants } from './passes/constants.js';
import { withoutDeadCode } from './passes/deadCode.js';
import { rewrite } from './passes/graph.js';
import { inferenceRules } from './passes/inference.js';
import { neighbourRules } from './passes/neighbours.js';

/**
 * Rewrites a recorded program into one that gives the same results, but for rounding, with less work.
 *
 * @param backend computes what is the same at every replay
 * @param program what was recorded
 * @param frozen whether weights are fixed
 */
export function optimise(backend: TorchBackend, program: Program, frozen: boolean): Folded {
  const rules = frozen ? [...inferenceRules, ...neighbourRules] : neighbourRules;
  const rewritten = rules.reduce(rewrite, withoutDeadCode(program));
  const { program: folded, release } = foldConstants(backend, rewritten);
  return { program: withoutDeadCode(folded), release };
}
