import { hashSeed } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { absolute, describeCase, type FuzzCase, type Generator, mapValues, type Tensors, tensorOf } from './case.js';
import { Draw } from './draw.js';

/** An output of a kernel. */
interface Output {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number> | readonly string[];
}

/** How many cases of a kernel ran, and what was wrong with some. */
export interface FuzzResult {
  /** Cases that the reference could compute. */
  readonly compared: number;
  /** Each with the case and how to run it again. */
  readonly failures: readonly string[];
}

const tolerance = 1e-5;
/** Below it float32 loses digits, and engines may take a number for 0. */
const smallest = 1e-35;

/** The key of a case's random numbers. */
const textKey = (text: string) => hashSeed(...[...text].map((letter) => letter.codePointAt(0) as number));

/**
 * Compares a kernel of the torch engine with the reference on random calls. Also checked: inputs stay as they are, and no
 * tensor is left over.
 *
 * @param kernel its name
 * @param generator its calls
 * @param seed of the random numbers
 * @param cases how many calls
 */
export function fuzzKernel(kernel: string, generator: Generator, seed: number, cases: number): FuzzResult {
  const failures: string[] = [];
  let compared = 0;
  for (let index = 0; index < cases; index++) {
    const fuzzCase = generator.make(new Draw(seed, textKey(kernel), index));
    const expected = attempt(() => reference(kernel, generator, fuzzCase));
    if (expected instanceof Error) continue; // not a valid call
    compared++;
    const got = attempt(() => onTorch(kernel, fuzzCase));
    const problem = got instanceof Error ? got.message : difference(kernel, generator, fuzzCase, expected, got);
    if (problem !== undefined)
      failures.push(`${kernel}, case ${index} of LULC_FUZZ_SEED=${seed}: ${problem}\n  ${describeCase(fuzzCase)}`);
  }
  return { compared, failures };
}

function attempt<T>(body: () => T): T | Error {
  try {
    return body();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Runs on a backend; every tensor that was made is freed again. */
function on<T>(backend: 'cpu' | 'torch', body: () => T): T {
  const engine = tf.engine();
  engine.setBackend(backend);
  engine.startScope();
  try {
    return body();
  } finally {
    engine.endScope();
  }
}

function reference(kernel: string, { reference: compose }: Generator, fuzzCase: FuzzCase): Output[] {
  return on('cpu', () => {
    if (compose === undefined) return run(kernel, fuzzCase).map(read);
    const inputs = mapValues(fuzzCase.inputs, tensorOf) as unknown as Tensors;
    return compose(inputs, (fuzzCase.attributes ?? {}) as Record<string, number>).map(read);
  });
}

/** The kernel on the active backend. Throws when it changes an input. */
function run(kernel: string, fuzzCase: FuzzCase): tf.Tensor[] {
  const inputs: tf.Tensor[] = [];
  const tensors = mapValues(fuzzCase.inputs, (value) => {
    const tensor = tensorOf(value);
    inputs.push(tensor);
    return tensor;
  });
  const original = inputs.map(read);
  const { attributes = {} } = fuzzCase;
  const results = tf.engine().runKernel(kernel, tensors as unknown as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
  for (const [i, tensor] of inputs.entries()) {
    if (mismatch(original[i], read(tensor), () => 0) !== undefined) throw new Error(`it changed input ${i}`);
  }
  return Array.isArray(results) ? results : [results as tf.Tensor];
}

function read(tensor: tf.Tensor): Output {
  return { dtype: tensor.dtype, shape: tensor.shape, values: tensor.dataSync() as unknown as number[] };
}

/** The kernel on the engine. Throws when it leaves a tensor behind. */
function onTorch(kernel: string, fuzzCase: FuzzCase): Output[] {
  const backend = tf.engine().findBackend('torch') as tf.KernelBackend;
  const [tensors, buffers] = [tf.memory().numTensors, backend.numDataIds()];
  const outputs = on('torch', () => run(kernel, fuzzCase).map(read));
  const [moreTensors, moreBuffers] = [tf.memory().numTensors - tensors, backend.numDataIds() - buffers];
  if (moreTensors !== 0 || moreBuffers !== 0)
    throw new Error(`it leaves ${moreTensors} tensors and ${moreBuffers} buffers behind`);
  return outputs;
}

/** What is wrong, or nothing. */
function difference(
  kernel: string,
  generator: Generator,
  fuzzCase: FuzzCase,
  expected: readonly Output[],
  got: readonly Output[],
): string | undefined {
  if (got.length !== expected.length) return `${got.length} outputs instead of ${expected.length}`;
  const { measure = 'relative', exception, summands = absolute } = generator;
  const { tolerance: limit = tolerance, absolute: floor = smallest } = exception ?? {};
  const scales = measure === 'summands' ? reference(kernel, generator, summands(fuzzCase)) : undefined;
  for (const [k, output] of expected.entries()) {
    const values = output.values as ArrayLike<number>;
    const isExact = measure === 'exact' || output.dtype !== 'float32';
    const largest = measure === 'largest' ? largestOf(values) : 0;
    const scaleOf = (i: number) =>
      measure === 'largest'
        ? largest
        : Math.max(Math.abs(values[i]), Math.abs((scales?.[k].values as ArrayLike<number> | undefined)?.[i] ?? 0));
    const allowed = isExact && output.dtype !== 'complex64' ? () => 0 : (i: number) => limit * scaleOf(i) + floor;
    const found = mismatch(output, got[k], allowed);
    if (found !== undefined) return expected.length === 1 ? found : `output ${k}: ${found}`;
  }
  return undefined;
}

/** The largest finite absolute value. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest;
}

function mismatch(expected: Output, got: Output, allowed: (index: number) => number): string | undefined {
  if (got.dtype !== expected.dtype) return `type ${got.dtype} instead of ${expected.dtype}`;
  if (!tf.util.arraysEqual([...got.shape], [...expected.shape]))
    return `shape [${got.shape}] instead of [${expected.shape}]`;
  if (got.values.length !== expected.values.length) return `${got.values.length} values of ${expected.values.length}`;
  for (let i = 0; i < expected.values.length; i++) {
    const [a, b] = [got.values[i], expected.values[i]];
    if (Object.is(a, b) || a === b) continue;
    if (typeof a === 'string' || typeof b === 'string' || !(Math.abs(a - b) <= allowed(i)))
      return `value ${i} is ${a} instead of ${b}`;
  }
  return undefined;
}
