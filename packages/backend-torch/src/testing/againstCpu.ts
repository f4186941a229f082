import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { TorchBackend } from '../backend/torchBackend.js';
import { runNative } from '../kernels/table.js';
import { backendName } from '../registerTorchBackend.js';

/** A tensor as a test writes it down. */
export interface Values {
  readonly values: readonly number[];
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** Numbers of a shape; a vector unless said otherwise. */
export function values(
  list: readonly number[],
  shape: number[] = [list.length],
  dtype: Values['dtype'] = 'float32',
): Values {
  return { values: list, shape, dtype };
}

/** Inputs of a kernel: by name, or in a list. */
export type Operands = Readonly<Record<string, Values | undefined>> | readonly Values[];

/** What a kernel gave. */
export interface Outcome {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: readonly number[];
}

type Backend = tf.KernelBackend & {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.BackendValues): tf.TensorInfo;
  readSync(dataId: tf.DataId): tf.BackendValues;
};

/** Runs a kernel on the torch backend. It must leave no tensor behind but its outputs, which are freed here. */
export function onTorch(kernel: string, inputs: Operands, attributes: object = {}): Outcome[] {
  const torch = tf.findBackend(backendName) as Backend;
  const before = torch.numDataIds();
  const outcomes = outcomesOf(torch, backendName, kernel, inputs, attributes);
  expect(torch.numDataIds(), `tensors that ${kernel} left behind`).toBe(before);
  return outcomes;
}

/**
 * Runs a native kernel by its own name, with its attributes as they travel. It must leave no tensor behind but its outputs,
 * which are freed here.
 */
export function onNative(
  kernel: string,
  operands: readonly (Values | undefined)[],
  attributes: readonly number[],
): Outcome[] {
  const torch = tf.findBackend(backendName) as Backend;
  const before = torch.numDataIds();
  const inputs = operands.map((operand) => operand && toBackend(torch, operand));
  const outputs = runNative(torch as unknown as TorchBackend, kernel, inputs, (write) => {
    for (const attribute of attributes) write.number(attribute);
  });
  const outcomes = taken(torch, outputs, inputs);
  expect(torch.numDataIds(), `tensors that ${kernel} left behind`).toBe(before);
  return outcomes;
}

/** Runs a kernel on TF.js' own cpu backend: the reference. */
export function onReference(kernel: string, inputs: Operands, attributes: object = {}): Outcome[] {
  const cpu = new MathBackendCPU();
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return outcomesOf(cpu as unknown as Backend, 'cpu', kernel, inputs, attributes);
}

/** Expects shape, type and values of TF.js' cpu backend, up to rounding in single precision. */
export function expectAsCpu(kernel: string, inputs: Operands, attributes: object = {}, tolerance = 2e-6): void {
  const what = `${kernel} ${JSON.stringify(inputs)} ${JSON.stringify(attributes)}`;
  const found = onTorch(kernel, inputs, attributes);
  const wanted = onReference(kernel, inputs, attributes);
  expect(found.map(described), what).toEqual(wanted.map(described));
  found.forEach((outcome, i) => {
    const wrong = outcome.values
      .map((value, at) => ({ at, value, wanted: wanted[i].values[at] }))
      .filter((entry) => !isClose(entry.value, entry.wanted, tolerance));
    expect(wrong, what).toEqual([]);
  });
}

function described({ shape, dtype, values: { length } }: Outcome): object {
  return { shape, dtype, length };
}

function isClose(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}

function outcomesOf(backend: Backend, name: string, kernel: string, operands: Operands, attributes: object): Outcome[] {
  const config = tf.getKernel(kernel, name);
  expect(config, `${kernel} on ${name}`).toBeDefined();
  const inputs = (Array.isArray(operands) ? [] : {}) as tf.NamedTensorInfoMap;
  for (const [key, operand] of Object.entries(operands)) if (operand) inputs[key] = toBackend(backend, operand);
  const outputs = config.kernelFunc({ inputs, backend, attrs: attributes as tf.NamedAttrMap });
  return taken(backend, Array.isArray(outputs) ? outputs : [outputs], Object.values(inputs));
}

/** Outputs with their values in JavaScript; all tensors are freed. */
function taken(
  backend: Backend,
  outputs: readonly tf.TensorInfo[],
  inputs: readonly (tf.TensorInfo | undefined)[],
): Outcome[] {
  const outcomes = outputs.map((output) => ({
    shape: [...output.shape],
    dtype: output.dtype,
    values: Array.from(backend.readSync(output.dataId) as Float32Array, output.dtype === 'bool' ? truth : Number),
  }));
  for (const info of [...outputs, ...inputs]) if (info) backend.disposeData(info.dataId);
  return outcomes;
}

const truth = (value: number) => (value ? 1 : 0);

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

function toBackend(backend: Backend, { values: list, shape, dtype }: Values): tf.TensorInfo {
  return backend.makeTensorInfo(shape, dtype, arrays[dtype].from(list));
}
