import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { DynamicAttribute } from '../backend/commandWriter.js';
import type { TensorData } from '../backend/tensorData.js';
import type { Recorder, TorchBackend } from '../backend/torchBackend.js';
import type { NativeType, NativeValues } from '../native/addon.js';
import type { DynamicNumber, Instruction, Operand, Program, ProgramValue, Result, ValueId } from './ir.js';

/** A run of a function with everything that the engine did for it. */
export interface Recording {
  /** What the function returned. */
  readonly outputs: Tensor[];
  /** The computation, when it can be replayed. */
  readonly program: Program | undefined;
  /** Why it cannot. */
  readonly refused: string | undefined;
  /** The variables that `program` names by index. */
  readonly variables: readonly Variable[];
  /** Frees the tensors from outside that it holds for `program`. */
  release(): void;
}

/**
 * Runs a function and records what the engine does for it.
 *
 * @param backend the engine
 * @param args tensors that may be others at a replay
 * @param numbers values that may be others at a replay; an attribute that carries one of their names must have its value
 * @param body the function
 * @param frozen take variables as they are now, for ever
 */
export function record(
  backend: TorchBackend,
  args: readonly Tensor[],
  numbers: Readonly<Record<string, number>>,
  body: () => Tensor[],
  frozen = false,
): Recording {
  const recorder = new ProgramRecorder(backend, args, numbers, frozen);
  const outer = backend.recorder;
  backend.recorder = recorder;
  let outputs: Tensor[];
  try {
    outputs = body();
    recorder.finish(outputs);
  } catch (error) {
    recorder.release();
    throw error;
  } finally {
    backend.recorder = outer;
  }
  return {
    outputs,
    program: recorder.refused === undefined ? recorder.program() : undefined,
    refused: recorder.refused,
    variables: recorder.variables,
    release: () => recorder.release(),
  };
}

class ProgramRecorder implements Recorder {
  refused: string | undefined;
  readonly variables: Variable[] = [];
  private readonly values: ProgramValue[] = [];
  private readonly instructions: Instruction[] = [];
  private results: Result[] = [];
  private assigned: { variable: number; value: ValueId }[] = [];
  /** Which value a native handle stands for at this moment; handles are used again after a release. */
  private readonly current = new Map<number, ValueId>();
  /** Handles that the program needs after the caller let go of them. */
  private readonly abandoned = new Set<number>();
  private readonly variableOf = new Map<number, Variable>();
  /** The native handle of each variable at the beginning. */
  private readonly before = new Map<Variable, number>();
  private readonly argumentOf = new Map<number, number>();

  constructor(
    private readonly backend: TorchBackend,
    args: readonly Tensor[],
    private readonly numbers: Readonly<Record<string, number>>,
    private readonly frozen: boolean,
  ) {
    args.forEach((tensor, index) => {
      this.argumentOf.set(backend.data(tensor.dataId).handle, index);
    });
    if (this.argumentOf.size < args.length) this.refuse('one tensor is given as two arguments');
    for (const variable of registeredVariables()) {
      if (!isHere(variable, backend)) continue;
      const { handle } = backend.data(variable.dataId);
      this.before.set(variable, handle);
      if (!frozen) this.variableOf.set(handle, variable);
    }
  }

  command(words: Float64Array, dynamics: readonly DynamicAttribute[], outputs: readonly TensorData[]): void {
    let position = 0;
    const next = (): number => words[position++];
    const kernel = this.backend.addon.kernels[next()];
    const inputs: (Operand | undefined)[] = [];
    for (let count = next(); count > 0; count--) {
      const handle = next();
      const rank = next();
      const shape: number[] = [];
      for (let axis = 0; axis < rank; axis++) shape.push(next());
      inputs.push(handle < 0 ? undefined : this.operand(handle, rank < 0 ? undefined : shape));
    }
    const begin = position;
    const named: DynamicNumber[] = [];
    for (const dynamic of dynamics) {
      if (!Object.is(this.numbers[dynamic.name], words[dynamic.position]))
        this.refuse(`the kernel ${kernel} gets a ${dynamic.name} that is not the step's`);
      named.push({ name: dynamic.name, index: dynamic.position - begin });
    }
    this.instructions.push({
      kernel,
      inputs,
      attributes: [...words.subarray(begin)],
      dynamics: named,
      outputs: outputs.map((data) => this.define(data, { kind: 'result' })),
    });
  }

  uploaded(data: TensorData, values: NativeValues): void {
    this.define(data, { kind: 'uploaded', values: values.slice() });
  }

  released(data: TensorData): boolean {
    const { handle } = data;
    const known = this.current.get(handle);
    if (known !== undefined && this.values[known].source.kind !== 'result') {
      this.abandoned.add(handle);
      return true;
    }
    // Nobody can read it any more, and the handle will soon stand for something else.
    for (const [variable, before] of this.before) if (before === handle) this.before.delete(variable);
    this.current.delete(handle);
    this.variableOf.delete(handle);
    this.argumentOf.delete(handle);
    return false;
  }

  refuse(reason: string): void {
    this.refused ??= reason;
  }

  /** Looks at what the function left: its results, and variables with new values. */
  finish(outputs: readonly Tensor[]): void {
    if (this.refused !== undefined) return;
    this.results = outputs.map((tensor) => {
      const { handle } = this.backend.data(tensor.dataId);
      return { value: this.operand(handle, tensor.shape).value, shape: tensor.shape };
    });
    for (const variable of registeredVariables()) {
      if (!isHere(variable, this.backend)) continue;
      const { handle } = this.backend.data(variable.dataId);
      const value = this.current.get(handle);
      if (this.before.get(variable) === handle || value === undefined) continue;
      if (this.frozen || this.values[value].source.kind !== 'result') {
        this.refuse(`the variable ${variable.name} is given a new value${this.frozen ? '' : ' that no kernel made'}`);
        return;
      }
      this.assigned.push({ variable: this.variableIndex(variable), value });
    }
  }

  program(): Program {
    return { values: this.values, instructions: this.instructions, results: this.results, assigned: this.assigned };
  }

  release(): void {
    for (const handle of this.abandoned) this.backend.addon.release(handle);
    this.abandoned.clear();
  }

  private operand(handle: number, shape: readonly number[] | undefined): Operand {
    const value = this.current.get(handle) ?? this.fromOutside(handle, shape);
    return { value, shape: shape ?? this.values[value].shape };
  }

  /** A tensor that was there before. */
  private fromOutside(handle: number, seen: readonly number[] | undefined): ValueId {
    const data = this.backend.dataOf(handle);
    const shape = data?.shape ?? seen ?? [];
    const dtype = (data?.dtype ?? 'float32') as NativeType;
    const index = this.argumentOf.get(handle);
    const variable = this.variableOf.get(handle);
    const source: ProgramValue['source'] =
      index !== undefined
        ? { kind: 'argument', index }
        : variable !== undefined
          ? { kind: 'variable', index: this.variableIndex(variable) }
          : { kind: 'tensor' };
    const value = this.values.push({ source, shape, dtype, handle }) - 1;
    this.current.set(handle, value);
    return value;
  }

  private define(data: TensorData, source: ProgramValue['source']): ValueId {
    const value = this.values.push({ source, shape: data.shape, dtype: data.dtype as NativeType, handle: data.handle });
    this.current.set(data.handle, value - 1);
    return value - 1;
  }

  private variableIndex(variable: Variable): number {
    const known = this.variables.indexOf(variable);
    return known >= 0 ? known : this.variables.push(variable) - 1;
  }
}

function registeredVariables(): Variable[] {
  return Object.values(tf.engine().registeredVariables) as Variable[];
}

function isHere(variable: Variable, backend: TorchBackend): boolean {
  return !variable.isDisposed && variable.dtype !== 'string' && backend.holds(variable.dataId);
}
