import type { TorchBackend } from '../backend/torchBackend.js';
import type { Program } from './ir.js';
import { withoutDeadCode } from './passes/deadCode.js';

/** Rewrites a recorded program into one that gives the same results with less work. */
export function optimise(_backend: TorchBackend, program: Program): Program {
  return withoutDeadCode(program);
}
