/**
 * Sends damaged commands and programs around the backend to the native side: it must refuse them, go on and compute right.
 * A program of its own, because what it looks for would end the process.
 *
 * Arguments: seed, number of calls of each kernel. The last line of the output is `done`, or the damage that was sent.
 */
import { writeSync } from 'node:fs';
import { registerTorchBackend } from '@lulc/backend-torch';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { mapValues, tensorOf } from '../fuzz/case.js';
import { Draw } from '../fuzz/draw.js';
import { generators } from '../fuzz/generators.js';
import { checkEngine, type RawBackend, rawBackend } from './engine.js';

/** Words that a command may not survive. */
const hostile = [-1, -2, 0, 1, 2, 3, 7, 100, 70_000, 0.5, -0.5, 1e9, 2 ** 31, -(2 ** 31), 2 ** 40, 2 ** 53, 2 ** 62, 2 ** 63, -(2 ** 63), 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]; // biome-ignore format: one line

const memoryLimit = 2 ** 28;
const damagesOfACall = 12;

async function main(): Promise<void> {
  const [seed, cases] = process.argv.slice(2).map(Number);
  await registerTorchBackend({ memoryBytes: memoryLimit, cacheBytes: memoryLimit / 4 });
  await tf.setBackend('cpu');
  await tf.setBackend('torch');
  const backend = rawBackend();
  const draw = new Draw(seed);
  const tally = { refused: 0, taken: 0 };
  const run = backend.addon.run;
  // Every command that a kernel sends goes out in damaged forms first, while its inputs are alive.
  backend.addon.run = (length) => {
    const command = backend.writer.words.slice(0, length);
    for (let i = 0; i < damagesOfACall; i++) sendDamaged(backend, run, command, draw, tally);
    replayDamaged(backend, command, draw, tally);
    backend.writer.words.set(command);
    run(length);
  };
  const before = backend.addon.statistics().tensors;
  for (const { kernelName } of tf.getKernelsForBackend('torch')) {
    for (let index = 0; generators[kernelName] !== undefined && index < cases; index++) {
      callKernel(kernelName, generators[kernelName].make(new Draw(seed, index)));
    }
  }
  backend.addon.run = run;
  checkEngine();
  const left = backend.addon.statistics().tensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left`);
  if (tally.refused === 0 || tally.taken === 0) throw new Error(`nothing was tried: ${JSON.stringify(tally)}`);
  writeSync(1, `${JSON.stringify(tally)}\ndone\n`);
}

/** A valid call, whatever comes of it. */
function callKernel(
  kernel: string,
  { inputs, attributes = {} }: ReturnType<(typeof generators)[string]['make']>,
): void {
  tf.setBackend('torch');
  tf.engine().startScope();
  try {
    const tensors = mapValues(inputs, tensorOf) as unknown as tf.NamedTensorMap;
    tf.engine().runKernel(kernel, tensors, attributes as tf.NamedAttrMap);
  } catch {
    // Its own tests say when a valid call fails.
  } finally {
    tf.engine().endScope();
  }
}

type Tally = { refused: number; taken: number };

/** Notes what is sent, for the case that it is the last thing. */
function note(backend: RawBackend, what: string, words: ArrayLike<number>): void {
  const name = backend.addon.kernels[words[0]] ?? '?';
  writeSync(1, `${what} ${name} [${Array.from(words).slice(0, 60).join(' ')}]\n`);
}

function damaged(command: Float64Array, draw: Draw): Float64Array {
  const words = command.slice();
  const count = draw.integer(1, 3);
  // Most damage behind the opcode: another kernel refuses at once.
  for (let i = 0; i < count; i++) words[draw.integer(draw.chance(0.1) ? 0 : 1, words.length - 1)] = draw.pick(hostile);
  return draw.chance(0.1) ? words.slice(0, draw.integer(0, words.length)) : words;
}

function sendDamaged(
  backend: RawBackend,
  run: (length: number) => void,
  command: Float64Array,
  draw: Draw,
  tally: Tally,
): void {
  const words = damaged(command, draw);
  note(backend, 'run', words);
  backend.writer.words.set(words);
  attempt(tally, () => {
    run(words.length);
    releaseOutputs(backend);
  });
}

function attempt(tally: Tally, body: () => void): void {
  try {
    body();
    tally.taken++;
  } catch (error) {
    if (!(error instanceof Error) || error.message === '') throw new Error(`not an error: ${String(error)}`);
    tally.refused++;
  }
}

/** Frees what a call left in the buffer: count, then handle, type, rank and sizes of each. */
function releaseOutputs({ addon, writer: { words } }: RawBackend): void {
  const handles: number[] = [];
  let position = 1;
  for (let i = 0; i < words[0]; i++) {
    handles.push(words[position]);
    position += 3 + words[position + 2];
  }
  for (const handle of handles) addon.release(handle);
}

/** The command as a program of one instruction, damaged, and a damaged replay of it. */
function replayDamaged(backend: RawBackend, command: Float64Array, draw: Draw, tally: Tally): void {
  const { addon, writer } = backend;
  const program = programOf(command);
  if (program === undefined) return;
  const words = draw.chance(0.5) ? damaged(program.words, draw) : program.words;
  note(backend, 'program', words);
  attempt(tally, () => {
    const id = addon.createProgram(words);
    try {
      const bindings = program.handles.flatMap((handle, reg) => [reg, handle]);
      const request = Float64Array.from([0, program.handles.length, ...bindings, 1, program.handles.length, -1]);
      const sent = draw.chance(0.5) ? damaged(request, draw) : request;
      note(backend, 'replay', sent);
      writer.words.set(sent);
      addon.replay(id, sent.length);
      releaseOutputs(backend);
    } finally {
      addon.releaseProgram(id);
    }
  });
}

/** Registers: one for each input, one for the output. */
function programOf(command: Float64Array): { words: Float64Array; handles: number[] } | undefined {
  const [opcode, count] = command;
  const handles: number[] = [];
  const operands: number[] = [];
  let position = 2;
  for (let i = 0; i < count; i++) {
    const [handle, rank] = [command[position], command[position + 1]];
    const shape = [...command.slice(position + 2, position + 2 + Math.max(0, rank))];
    operands.push(handle < 0 ? -1 : handles.length, rank, ...shape);
    if (handle >= 0) handles.push(handle);
    position += 2 + shape.length;
  }
  const attributes = [...command.slice(position)];
  const words = [
    handles.length + 1,
    1,
    opcode,
    count,
    ...operands,
    attributes.length,
    ...attributes,
    1,
    handles.length,
    0,
  ];
  return { words: Float64Array.from(words), handles };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
