import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeError } from '../backend/errors.js';
import type { TensorData } from '../backend/tensorData.js';
import type { TorchBackend } from '../backend/torchBackend.js';
import type { Program, ValueId } from './ir.js';

/** A program on the native side. */
export interface CompiledProgram {
  /**
   * Runs it.
   *
   * @param args in the order of the recording, of the same shapes
   * @param numbers by name
   * @returns the results; assigned variables have their new values
   */
  replay(args: readonly Tensor[], numbers: Readonly<Record<string, number>>): Tensor[];
  /** Whether the variables it names can still be read. */
  isUsable(): boolean;
  /** Frees it. */
  dispose(): void;
}

/**
 * Hands a program to the native side, which keeps the tensors from outside that it names.
 *
 * @param backend the engine
 * @param program what to run
 * @param variables the variables it names by index
 */
export function compile(backend: TorchBackend, program: Program, variables: readonly Variable[]): CompiledProgram {
  const { addon, writer } = backend;
  const { words, registers } = encode(backend, program);
  const id = addon.createProgram(words);
  writer.begin();
  for (const [value, register] of registers) {
    const { source, handle } = program.values[value];
    if (source.kind !== 'uploaded' && source.kind !== 'tensor') continue;
    writer.number(register);
    writer.number(handle);
  }
  addon.setConstants(id, writer.length);

  const bound = [...registers].flatMap(([value, register]) => {
    const { source } = program.values[value];
    return source.kind === 'argument' || source.kind === 'variable' ? [{ register, source }] : [];
  });
  const dynamics = program.instructions.flatMap(({ dynamics: named }, instruction) =>
    named.map(({ name, index }) => ({ name, index, instruction })),
  );
  const named = [...new Set(dynamics.map(({ name }) => name))];
  const registerOf = (value: ValueId): number => registers.get(value) as number;

  const prepare = (args: readonly Tensor[], numbers: Readonly<Record<string, number>>): boolean[] => {
    writer.begin();
    writer.number(dynamics.length);
    for (const { name, index, instruction } of dynamics) {
      writer.number(instruction);
      writer.number(index);
      writer.number(numbers[name]);
    }
    writer.number(bound.length);
    for (const { register, source } of bound) {
      const tensor = source.kind === 'argument' ? args[source.index] : variables[source.index];
      writer.number(register);
      writer.number(backend.data(tensor.dataId).handle);
    }
    writer.number(program.results.length + program.assigned.length);
    for (const { value } of program.results) {
      writer.number(registerOf(value));
      writer.number(-1);
    }
    return program.assigned.map(({ variable, value }) => {
      const data = backend.data(variables[variable].dataId);
      // A tensor that shares the variable's values must keep the old ones.
      const inPlace = data.refCount === 1;
      writer.number(registerOf(value));
      writer.number(inPlace ? data.handle : -1);
      return inPlace;
    });
  };

  return {
    isUsable: () => variables.every((variable) => !variable.isDisposed && backend.holds(variable.dataId)),
    replay: (args, numbers) => {
      for (const name of named)
        if (numbers[name] === undefined) throw nativeError(new Error(`a replay needs the number '${name}'`));
      const inPlace = prepare(args, numbers);
      try {
        addon.replay(id, writer.length);
      } catch (error) {
        throw nativeError(error);
      }
      const outputs = backend.outputs();
      const results = program.results.map(({ shape }, i) => toTensor(outputs[i], shape));
      let next = results.length;
      program.assigned.forEach(({ variable, value }, i) => {
        const target = variables[variable];
        if (inPlace[i]) {
          backend.data(target.dataId).shape = program.values[value].shape;
        } else {
          target.assign(toTensor(outputs[next++], target.shape));
        }
      });
      return results;
    },
    dispose: () => addon.releaseProgram(id),
  };
}

function toTensor(data: TensorData, shape: readonly number[]): Tensor {
  return tf.engine().makeTensorFromTensorInfo({ dataId: data, shape: [...shape], dtype: data.dtype });
}

/** The form that `native/program.cpp` reads, and the register of each value that is used. */
function encode(
  backend: TorchBackend,
  { values, instructions, results, assigned }: Program,
): { words: Float64Array; registers: ReadonlyMap<ValueId, number> } {
  const registers = new Map<ValueId, number>();
  const register = (value: ValueId): number => {
    const known = registers.get(value);
    if (known !== undefined) return known;
    registers.set(value, registers.size);
    return registers.size - 1;
  };
  const lastUse = new Map<ValueId, number>();
  instructions.forEach(({ inputs, outputs }, i) => {
    for (const value of outputs) lastUse.set(value, i);
    for (const input of inputs) if (input !== undefined) lastUse.set(input.value, i);
  });
  for (const { value } of [...results, ...assigned]) lastUse.delete(value);
  const frees: number[][] = instructions.map(() => []);
  for (const [value, i] of lastUse) if (values[value].source.kind === 'result') frees[i].push(value);

  const words: number[] = [];
  instructions.forEach(({ kernel, inputs, attributes, outputs }, i) => {
    words.push(backend.opcode(kernel), inputs.length);
    for (const input of inputs) {
      if (input === undefined) words.push(-1, -1);
      else words.push(register(input.value), input.shape.length, ...input.shape);
    }
    words.push(attributes.length);
    for (const attribute of attributes) words.push(attribute);
    words.push(outputs.length);
    for (const value of outputs) words.push(register(value));
    words.push(frees[i].length);
    for (const value of frees[i]) words.push(register(value));
  });
  for (const { value } of [...results, ...assigned]) register(value);
  return { words: Float64Array.from([registers.size, instructions.length, ...words]), registers };
}
