import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { type Engine, type EngineStatus, engineLadder, isLulcError, useEngine } from '@lulc/core';
import { exitCodes } from '../program/exitCodes.js';
import type { CommandContext } from '../program/io.js';
import { version } from '../program/version.js';

/** What `lulc doctor --json` prints. */
export interface DoctorReport {
  /** Version of this package. */
  readonly version: string;
  /** Version of Node. */
  readonly node: string;
  /** The machine. */
  readonly machine: {
    readonly system: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
  };
  /** Every engine, best first, without loading any. */
  readonly ladder: readonly EngineStatus[];
  /** The engine that would be used now, really loaded; absent when none could be. */
  readonly engine?: Engine;
  /** Why none could be loaded. */
  readonly problem?: string;
}

/** `lulc doctor`: the ladder of engines, what is missing, and how to add it. */
export async function doctor(context: CommandContext): Promise<number | undefined> {
  const ladder = await engineLadder();
  const chosen = await useEngine('auto').then(
    (engine) => ({ engine }),
    (error: unknown) => {
      if (!isLulcError(error)) throw error;
      return { problem: error.message };
    },
  );
  const report: DoctorReport = {
    version,
    node: process.version,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
    ladder,
    ...chosen,
  };
  context.result(report, () => doctorText(report));
  return 'engine' in chosen ? undefined : exitCodes.engine;
}

function doctorText({ node, machine, ladder, engine, problem, version: own }: DoctorReport): string {
  const rungs = ladder.flatMap(({ name, device, available, detail, command }) => [
    `  ${available ? '✓' : '✗'} ${`${name} (${device})`.padEnd(20)} ${detail}`,
    ...(command === undefined ? [] : [`${' '.repeat(25)}add it: ${command}`]),
  ]);
  const failed = (engine?.tried ?? []).filter(({ name, device, reason }) => {
    const rung = ladder.find((status) => status.name === name && status.device === device);
    return rung?.available === true && rung.detail !== reason;
  });
  return [
    `lulc ${own}, Node ${node}, ${machine.system}`,
    `${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    '',
    'Engines, best first:',
    ...rungs,
    '',
    engine === undefined
      ? `In use: none. ${problem}`
      : `In use: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`,
    ...failed.map(({ name, device, reason }) => `  ${name} on ${device} was found but could not be used: ${reason}`),
  ].join('\n');
}
