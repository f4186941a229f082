import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EngineName, LulcError } from '@lulc/core';
import type { Launch } from './contestant.js';
import { type ModeName, modes, type Work } from './modes.js';
import type { BenchNetwork } from './networks.js';
import type { EngineTask, PeerTask } from './protocol.js';

/** The peers in PyTorch that others are compared with. */
export const peerNames = ['pytorch', 'pytorch-best'] as const;

/** Contestants that take turns: one network, size, batch and kind of work. */
export interface Heat {
  readonly network: BenchNetwork;
  /** Height and width in pixels. */
  readonly size: number;
  /** Images per step. */
  readonly batch: number;
  readonly work: Work;
}

/** What all contestants have in common. */
export interface Field {
  readonly engines: readonly EngineName[];
  readonly modes: readonly ModeName[];
  /** Python with PyTorch; absent without peers. */
  readonly python: string | undefined;
  readonly threads: number;
  /** Seconds that each way of compiling PyTorch may take. */
  readonly compileSeconds: number;
  /** Dataset folder for the loader. */
  readonly data: string | undefined;
}

/** The heats of a measurement, in the order in which they are run. */
export function heatsOf(
  networks: readonly BenchNetwork[],
  batches: readonly number[],
  size: number | undefined,
  wanted: readonly ModeName[],
): readonly Heat[] {
  const works = [...new Set(wanted.map((mode) => modes[mode].work))];
  return works.flatMap((work) =>
    networks.flatMap((network) => batches.map((batch) => ({ network, size: size ?? network.size, batch, work }))),
  );
}

/** This library's contestants of a heat. */
export function ownLaunches({ network, size, batch, work }: Heat, field: Field): readonly Launch[] {
  const common = { network: network.name, size, batch, threads: field.threads };
  const command = [process.execPath, builtFile('dist/bench-worker.js')] as const;
  return field.modes
    .filter((mode) => modes[mode].work === work)
    .flatMap((mode): readonly Launch[] => {
      if (work === 'loading') {
        const task: EngineTask = { ...common, mode, ...(field.data === undefined ? {} : { data: field.data }) };
        return [{ name: 'loader', mode, command, task }];
      }
      return field.engines.map((engine) => ({
        name: engine,
        mode,
        command,
        task: { ...common, mode, engine } satisfies EngineTask,
      }));
    });
}

/**
 * The peers of a heat.
 *
 * @param device what the others compute on
 */
export function peerLaunches(heat: Heat, field: Field, device: 'cpu' | 'cuda'): readonly Launch[] {
  const { network, size, batch, work } = heat;
  const { python, threads, compileSeconds } = field;
  if (python === undefined || work === 'loading') return [];
  const { labels, bands, classes } = network;
  return peerNames.map((name) => {
    const style = name === 'pytorch' ? 'eager' : 'best';
    const task: PeerTask = {
      ...{ network: network.name, size, batch, threads },
      ...{ description: network.describe(size), labels, bands, classes },
      ...{ work, style, device, compileSeconds },
    };
    return { name, mode: style, command: [python, '-B', builtFile('assets/pytorch_peer.py')], task };
  });
}

/**
 * The Python whose PyTorch is compared with.
 *
 * @param asked as given by the user; `none` leaves PyTorch out, nothing takes `python3` if it has PyTorch
 * @throws LulcError `unavailable` when the one asked for has no PyTorch
 */
export function findPython(asked: string | undefined): string | undefined {
  if (asked === 'none') return undefined;
  const python = asked ?? 'python3';
  const { status, stderr, error } = spawnSync(python, ['-c', 'import torch'], { encoding: 'utf8' });
  if (status === 0) return python;
  if (asked === undefined) return undefined;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `status ${status}`;
  throw new LulcError('unavailable', `no PyTorch in ${python}: ${reason}`, {
    where: { option: 'python' },
    hint: 'Name a Python with torch, or leave PyTorch out with --python none.',
  });
}

/**
 * A file of this package, wherever the code runs from.
 *
 * @param path relative to the package
 * @throws LulcError `unavailable` when the package was not built
 */
function builtFile(path: string): string {
  const here = import.meta.url;
  const file = fileURLToPath(new URL(here.endsWith('.ts') ? `../../${path}` : `../${path}`, here));
  if (existsSync(file)) return file;
  throw new LulcError('unavailable', 'the command is not built', {
    where: { file },
    hint: 'Build the package first: npm run build.',
  });
}
