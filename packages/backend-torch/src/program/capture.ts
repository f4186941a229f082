import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend/torchBackend.js';
import { difference } from './compare.js';
import { type CompiledProgram, compile } from './compiled.js';
import type { Program } from './ir.js';
import { optimise } from './optimise.js';
import { type Recording, record } from './recording.js';

/** A computation: tensors and named numbers in, tensors out; it may read and assign variables. */
export type Computation = (args: readonly Tensor[], numbers: Readonly<Record<string, number>>) => Tensor[];

/** Options of {@link capture}. */
export interface CaptureOptions {
  /** Take variables as they are at the recording, for ever. */
  readonly frozen: boolean;
}

/** A computation that the engine records and then replays in one native call. */
export interface Captured {
  /**
   * Runs it: the first time for each kind of arguments as it is, twice while it is recorded, from then on replayed.
   *
   * @param args tensors; other shapes are recorded anew
   * @param numbers attributes that may change from call to call, by name
   * @param key tells apart calls that do something else for other reasons than shapes; default `''`
   */
  run(args: readonly Tensor[], numbers?: Readonly<Record<string, number>>, key?: string): Tensor[];
  /** What became of each kind of arguments so far. */
  status(): readonly CaptureStatus[];
  /** Frees the recordings. */
  dispose(): void;
}

/** What became of one kind of arguments. */
export interface CaptureStatus {
  /** Their shapes and types, and the caller's key. */
  readonly signature: string;
  /** `recording` until there are two recordings to compare. */
  readonly state: 'recording' | 'replaying' | 'refused';
  /** Why it is run as it is each time. */
  readonly reason?: string;
  /** Kernel calls of the recording, and after neighbours were fused. */
  readonly kernelCalls?: readonly [recorded: number, fused: number];
}

/** Kinds of arguments that are kept at a time; the one unused for longest goes first. */
const mostKinds = 8;

interface Kind {
  calls: number;
  first?: Recording;
  compiled?: CompiledProgram;
  refused?: string;
  kernelCalls?: readonly [number, number];
}

/**
 * Makes a computation that is recorded. A recording is believed only when two runs gave the same one, so a computation
 * that reads values, draws random numbers in JavaScript, or depends on anything but its arguments and variables is
 * noticed and simply run as it is.
 *
 * @param backend the engine
 * @param computation what to run; what it does outside of the engine happens only while it is not replayed
 * @param options see {@link CaptureOptions}
 */
export function capture(backend: TorchBackend, computation: Computation, { frozen }: CaptureOptions): Captured {
  const kinds = new Map<string, Kind>();

  const forget = (kind: Kind): void => {
    kind.first?.release();
    kind.compiled?.dispose();
    kind.first = undefined;
    kind.compiled = undefined;
  };

  const kindOf = (signature: string): Kind => {
    const kind = kinds.get(signature) ?? { calls: 0 };
    kinds.delete(signature);
    kinds.set(signature, kind);
    if (kinds.size > mostKinds) {
      const [oldest, old] = kinds.entries().next().value as [string, Kind];
      forget(old);
      kinds.delete(oldest);
    }
    return kind;
  };

  const refuse = (kind: Kind, reason: string): void => {
    forget(kind);
    kind.refused = reason;
  };

  return {
    run: (args, numbers = {}, key = '') => {
      const kind = kindOf(signatureOf(args, key));
      const { compiled, first } = kind;
      if (compiled?.isUsable()) return compiled.replay(args, numbers);
      if (compiled !== undefined) forget(kind);
      if (kind.refused !== undefined || kind.calls++ === 0 || backend.recorder !== undefined)
        return computation(args, numbers);
      const recording = record(backend, args, numbers, () => computation(args, numbers), frozen);
      if (recording.program === undefined) {
        recording.release();
        refuse(kind, recording.refused ?? 'it cannot be recorded');
      } else if (first === undefined) {
        kind.first = recording;
      } else {
        const reason = disagreement(first, recording);
        if (reason === undefined) {
          const { program, release } = optimise(backend, recording.program, frozen);
          kind.compiled = compile(backend, program, recording.variables);
          kind.kernelCalls = [recording.program.instructions.length, program.instructions.length];
          release();
          recording.release();
          first.release();
          kind.first = undefined;
        } else {
          recording.release();
          refuse(kind, reason);
        }
      }
      return recording.outputs;
    },
    status: () =>
      [...kinds].map(([signature, { compiled, refused, kernelCalls }]) => ({
        signature,
        state: compiled !== undefined ? 'replaying' : refused !== undefined ? 'refused' : 'recording',
        ...(refused === undefined ? {} : { reason: refused }),
        ...(kernelCalls === undefined ? {} : { kernelCalls }),
      })),
    dispose: () => {
      for (const kind of kinds.values()) forget(kind);
      kinds.clear();
    },
  };
}

function disagreement(first: Recording, second: Recording): string | undefined {
  const isSame =
    first.variables.length === second.variables.length &&
    first.variables.every((variable: Variable, i) => variable === second.variables[i]);
  if (!isSame) return 'it uses other variables each time';
  return difference(first.program as Program, second.program as Program);
}

function signatureOf(args: readonly Tensor[], key: string): string {
  return `${args.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(' ')} ${key}`;
}
