import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release, tmpdir } from 'node:os';
import path from 'node:path';
import { type EngineName, engineLadder, isLulcError, LulcError, unknownName } from '@lulc/core';
import { simulateLandscape } from '@lulc/sentinel2-data/node';
import { type Contestant, type Launch, startContestant } from '../bench/contestant.js';
import { type ModeName, modeNames, modes } from '../bench/modes.js';
import { benchNetwork, defaultBenchNetworks } from '../bench/networks.js';
import { type Field, findPython, type Heat, heatsOf, ownLaunches, peerLaunches } from '../bench/plan.js';
import { race } from '../bench/race.js';
import { type BenchReport, type BenchRow, benchText, heatRows, type LeftOut, leftOutLines } from '../bench/report.js';
import { engineChoices } from '../config/basics.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { version } from '../program/version.js';

/** Flags of `lulc bench`. */
export interface BenchFlags {
  readonly models?: readonly string[];
  readonly batch: readonly string[];
  readonly size: number | undefined;
  readonly engine: readonly string[] | undefined;
  readonly modes: readonly string[];
  readonly rounds: number;
  readonly threads: number | undefined;
  readonly python: string | undefined;
  readonly compileSeconds: number;
  readonly data: string | undefined;
  readonly out: string | undefined;
}

/** Patches that are simulated for the loader when there is no dataset. */
const simulatedPatches = 200;

/** `lulc bench`: speed of models on engines, side by side with PyTorch. */
export async function bench(context: CommandContext, flags: BenchFlags): Promise<undefined> {
  const networks = await Promise.all((flags.models ?? defaultBenchNetworks).map(benchNetwork));
  const wanted = flags.modes.map((mode) => choice('modes', mode, modeNames));
  const heats = heatsOf(networks, flags.batch.map(batchSize), above0('size', flags.size), wanted);
  const rounds = above0('rounds', flags.rounds);
  const threads = above0('threads', flags.threads ?? availableParallelism());
  const compileSeconds = above0('compile-seconds', flags.compileSeconds);
  const engines = await enginesOf(flags.engine);
  const comparesModels = wanted.some((mode) => modes[mode].work !== 'loading');
  const python = comparesModels ? findPython(flags.python) : undefined;
  if (comparesModels && python === undefined) context.log('without PyTorch: python3 has none, or it is not wanted');

  const rows: BenchRow[] = [];
  const leftOut: LeftOut[] = [];
  await withData(context, flags.data, wanted, async (data) => {
    const field: Field = { engines, modes: wanted, python, threads, compileSeconds, data };
    for (const heat of heats) {
      const result = await runHeat(context, heat, field, rounds);
      rows.push(...result.rows);
      leftOut.push(...result.leftOut);
      for (const line of leftOutLines(result.leftOut)) context.log(`left out: ${line}`);
    }
  });
  if (rows.length === 0) {
    throw new LulcError('unavailable', `nothing could be measured: ${leftOut[0]?.reason}`);
  }
  const report: BenchReport = {
    version,
    node: process.version,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
    },
    threads,
    rounds,
    rows,
    leftOut,
  };
  if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(report, null, 2)}\n`);
  context.result(report, () => benchText(report));
  return undefined;
}

/** Starts the contestants of a heat, lets them take turns, and ends them. */
async function runHeat(
  context: CommandContext,
  heat: Heat,
  field: Field,
  rounds: number,
): Promise<{ readonly rows: readonly BenchRow[]; readonly leftOut: readonly LeftOut[] }> {
  const { network, size, batch, work } = heat;
  const contestants: Contestant[] = [];
  const leftOut: LeftOut[] = [];
  const leave = ({ name, mode }: { readonly name: string; readonly mode: string }, reason: string): void => {
    leftOut.push({ work, network: network.name, size, batch, contestant: name, mode, reason });
  };
  const enter = async (launch: Launch): Promise<void> => {
    try {
      const contestant = await startContestant(launch, context.env, context.signal);
      contestants.push(contestant);
      requireSameNetwork(contestants);
    } catch (error) {
      if (!isLulcError(error) || error.code === 'aborted') throw error;
      leave(launch, error.message);
    }
  };
  const label = `${work}: ${network.name} ${size}×${size}, batch ${batch}`;
  const progress = progressLine(context, label);
  try {
    for (const launch of ownLaunches(heat, field)) await enter(launch);
    // PyTorch computes on what the others compute on; alone it has nothing to be compared with.
    if (contestants.length > 0) {
      const device = contestants.some(({ ready }) => ready.device !== 'cpu') ? 'cuda' : 'cpu';
      for (const launch of peerLaunches(heat, field, device)) await enter(launch);
    }
    const { times, failed } = await race(contestants, rounds, (done) => progress.update(done, rounds));
    for (const [contestant, reason] of failed) leave(contestant, reason);
    return { rows: heatRows(heat, times), leftOut };
  } finally {
    progress.stop();
    for (const contestant of contestants) contestant.end();
  }
}

/** A peer with another number of weights is another network; it must not take part. */
function requireSameNetwork(contestants: Contestant[]): void {
  const [first, last] = [contestants[0], contestants[contestants.length - 1]];
  if (first.ready.parameters === last.ready.parameters) return;
  contestants.pop();
  last.end();
  throw new LulcError(
    'incompatible',
    `it has ${last.ready.parameters} weights, ${first.name} has ${first.ready.parameters}: not the same network`,
  );
}

/** Runs with the dataset for the loader: the one given, or a simulated one that is removed afterwards. */
async function withData(
  context: CommandContext,
  data: string | undefined,
  wanted: readonly ModeName[],
  body: (data: string | undefined) => Promise<void>,
): Promise<void> {
  if (data !== undefined || !wanted.some((mode) => modes[mode].work === 'loading')) return body(data);
  const out = await mkdtemp(path.join(tmpdir(), 'lulc-bench-'));
  try {
    context.log('the loader reads SIMULATED patches; --data reads your own');
    const simulating = progressLine(context, 'simulating patches');
    await simulateLandscape({
      out,
      patches: simulatedPatches,
      seed: 1,
      referenceMaps: false,
      onProgress: simulating.update,
    }).finally(simulating.stop);
    await body(out);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** The engines asked for, or the best one there is. */
async function enginesOf(asked: readonly string[] | undefined): Promise<readonly EngineName[]> {
  if (asked !== undefined) return asked.map((name) => choice('engine', name, engineChoices.filter(isEngine)));
  const best = (await engineLadder()).find(({ available }) => available);
  if (best === undefined) throw new LulcError('unavailable', 'there is no engine here', { hint: 'See lulc doctor.' });
  return [best.name];
}

const isEngine = (name: (typeof engineChoices)[number]): name is Exclude<typeof name, 'auto'> => name !== 'auto';

function choice<T extends string>(option: string, name: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === name);
  if (found === undefined) throw unknownName(option, name, known, { option });
  return found;
}

function batchSize(text: string): number {
  return above0('batch', /^\d+$/.test(text) ? Number(text) : Number.NaN);
}

function above0<T extends number | undefined>(option: string, value: T): T {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new LulcError('invalid-argument', `${option} must be a whole number above 0`, { where: { option } });
}
