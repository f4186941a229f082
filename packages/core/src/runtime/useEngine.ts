import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // brings TF.js' gradients
import { platform } from '#platform';
import { isLulcError, LulcError, unknownName } from '../errors/lulcError.js';
import type {
  Engine,
  EngineAttempt,
  EngineDescriptor,
  EngineName,
  EngineOptions,
  EngineStatus,
  LoadedEngine,
} from './engine.js';
import { activate } from './engines/activate.js';

const knownNames: readonly EngineName[] = ['torch', 'tensorflow', 'webgpu', 'webgl', 'wasm', 'cpu'];

/** What became of each engine that this process tried to load: an engine is loaded once. */
const outcomes = new Map<EngineName, LoadedEngine | Error>();

/** Calls are served one after another, so that two never start engines at the same time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Starts the best engine there is, or the one asked for, and makes it TF.js' active backend.
 *
 * The order in Node is torch on CUDA, tensorflow on CUDA, torch, tensorflow, wasm, cpu; in browsers webgpu, webgl, wasm,
 * cpu. An engine that is absent or fails to load is reported in `tried` and the next one is taken. The environment
 * variable `LULC_ENGINE` replaces `'auto'`; a name given here goes before it. Calling again is cheap, and safe while
 * another call is under way.
 *
 * @param name the engine wanted, default `'auto'`
 * @param options see {@link EngineOptions}
 * @returns what was chosen, why, and what could not be
 * @throws LulcError `unknown-name` for a name that is no engine; `unavailable` when an engine asked for by name cannot be
 * loaded, with the reason and the command that adds it
 *
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 *
 * const engine = await useEngine();
 * console.log(`${engine.name} on ${engine.device}: ${engine.why}`);
 * ```
 */
export function useEngine(name: EngineName | 'auto' = 'auto', options: EngineOptions = {}): Promise<Engine> {
  const run = turn.then(() => choose(name, options));
  turn = run.catch(() => undefined);
  return run;
}

/**
 * The whole ladder of this platform, best first: what is there, what is missing, and the one command that adds it.
 * Nothing is loaded.
 *
 * @example
 * ```ts
 * import { engineLadder } from '@lulc/core';
 *
 * for (const rung of await engineLadder())
 *   console.log(rung.available ? '+' : '-', rung.name, rung.device, rung.detail, rung.command ?? '');
 * ```
 */
export async function engineLadder(): Promise<EngineStatus[]> {
  return Promise.all(
    platform.engines.map(async ({ name, device, probe }) => {
      const found = await probe();
      return found.available
        ? { name, device, available: true, detail: found.detail }
        : { name, device, available: false, detail: found.missing, ...commandOf(found) };
    }),
  );
}

async function choose(argument: EngineName | 'auto', options: EngineOptions): Promise<Engine> {
  const variable = argument === 'auto' ? platform.variable('LULC_ENGINE') : undefined;
  const wanted = variable ?? argument;
  const origin = variable === undefined ? 'asked for' : 'asked for by LULC_ENGINE';
  if (wanted !== 'auto') requireKnown(wanted);
  const rungs = platform.engines.filter((rung) => wanted === 'auto' || rung.name === wanted);
  const tried: EngineAttempt[] = [];
  for (const rung of rungs) {
    const result = await attempt(rung, options);
    if ('reason' in result) {
      tried.push(result);
      continue;
    }
    const why = wanted === 'auto' ? bestOf(rung, tried) : origin;
    return { name: rung.name, ...result, why, tried };
  }
  throw unavailable(wanted, tried);
}

/** Loads the engine of a rung, or says why not. */
async function attempt(rung: EngineDescriptor, options: EngineOptions): Promise<LoadedEngine | EngineAttempt> {
  const { name, device } = rung;
  const earlier = outcomes.get(name);
  if (earlier === undefined) {
    const found = await rung.probe();
    if (!found.available) return { name, device, reason: found.missing, ...commandOf(found) };
  }
  let outcome = earlier;
  if (outcome === undefined) {
    outcome = await quietly(() => rung.load(options)).catch(asError);
    // Native code cannot be loaded a second time in a process; a browser engine may be given other paths and retried.
    if (!(outcome instanceof Error) || platform.name === 'node') outcomes.set(name, outcome);
  }
  if (outcome instanceof Error) return { name, device, reason: firstLine(outcome) };
  if (device !== 'cpu' && outcome.device !== device) return { name, device, reason: `it found no ${device} device` };
  await activate(name);
  return outcome;
}

/** Engines that bring others along register those a second time; TF.js would warn for every kernel of them. */
async function quietly<T>(body: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await body();
  } finally {
    tf.env().set('PROD', before);
  }
}

function bestOf(rung: EngineDescriptor, tried: readonly EngineAttempt[]): string {
  const missing = [...new Set(tried.map((attempt) => attempt.name))].filter((name) => name !== rung.name);
  return `${rung.merit}${missing.length === 0 ? '' : `; not available: ${missing.join(', ')}`}`;
}

function requireKnown(name: string): asserts name is EngineName {
  if ((knownNames as readonly string[]).includes(name)) return;
  throw unknownName('engine', name, knownNames, { engine: name });
}

function unavailable(name: string, tried: readonly EngineAttempt[]): LulcError {
  const reasons = [...new Set(tried.map((attempt) => attempt.reason))];
  const command = tried.find((attempt) => attempt.command !== undefined)?.command;
  const message =
    tried.length === 0
      ? `the ${name} engine does not exist in ${platform.name === 'node' ? 'Node' : 'browsers'}`
      : `the ${name} engine cannot be used: ${reasons.join('; ')}`;
  return new LulcError('unavailable', message, {
    where: { engine: name },
    ...(command === undefined ? {} : { hint: `Run: ${command}` }),
  });
}

function commandOf(found: { readonly command?: string }): { command?: string } {
  return found.command === undefined ? {} : { command: found.command };
}

function asError(error: unknown): Error {
  if (isLulcError(error) || error instanceof Error) return error;
  const message = (error as { message?: unknown } | null)?.message;
  return new Error(typeof message === 'string' ? message : String(error));
}

function firstLine(error: Error): string {
  return error.message.split('\n').find((line) => line.trim() !== '') ?? error.name;
}
