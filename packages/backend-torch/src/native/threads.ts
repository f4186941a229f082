import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Threads that a kernel's work is shared by when nobody says: one per physical core that this process may use. Two
 * threads of one core share its vector units, so a second one only adds waiting.
 *
 * @param processors text of `/proc/cpuinfo`, where there is one
 * @param available logical processors that this process may use
 */
export function physicalCores(processors: string | undefined, available: number): number {
  const cores = new Set<string>();
  let logical = 0;
  for (const block of (processors ?? '').split(/\n\s*\n/)) {
    if (!/^processor\s*:/m.test(block)) continue;
    logical++;
    const [socket, core] = [/^physical id\s*:\s*(\d+)/m, /^core id\s*:\s*(\d+)/m].map((line) => line.exec(block)?.[1]);
    cores.add(core === undefined ? `processor ${logical}` : `${socket} ${core}`);
  }
  if (logical === 0) return available;
  return Math.max(1, Math.min(available, Math.ceil((available * cores.size) / logical)));
}

/** The default for this machine; `OMP_NUM_THREADS` goes before it. */
export function defaultThreads(): number | undefined {
  if (process.env.OMP_NUM_THREADS) return undefined;
  let processors: string | undefined;
  try {
    processors = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // not Linux
  }
  return physicalCores(processors, availableParallelism());
}
