import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../program/run.js';

/** A line of the results file. */
export type SpecEvent =
  | { readonly started: string }
  | { readonly done: string; readonly status: string; readonly errors: readonly string[] }
  | { readonly finished: readonly string[] };

/** What became of one spec. */
export interface SpecOutcome {
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  /** First line of each thing that failed. */
  readonly errors: readonly string[];
}

/** What became of all specs on a backend, by name; the second spec of a name has ` (2)` behind it. */
export type SpecOutcomes = ReadonlyMap<string, SpecOutcome>;

/**
 * Runs the bundled specs on a backend.
 *
 * @param bundle the bundled `entry.ts`
 * @param backend `'cpu'` or `'torch'`
 * @param folder for the results file
 * @throws Error when the process ended before all specs were done, naming the spec that was under way
 */
export async function runSpecs(bundle: string, backend: 'cpu' | 'torch', folder: string): Promise<SpecOutcomes> {
  const file = join(folder, `${backend}.jsonl`);
  rmSync(file, { force: true });
  const { status, complaints } = await runProgram(bundle, [backend, file]);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const events = lines.map((line) => JSON.parse(line) as SpecEvent);
  const last = events.at(-1);
  if (last === undefined || !('finished' in last)) {
    const during = last !== undefined && 'started' in last ? ` in '${last.started}'` : '';
    throw new Error(`the specs on ${backend} ended early (${status})${during}:\n${complaints.slice(-4000)}`);
  }
  if (last.finished.length > 0) throw new Error(`outside of the specs on ${backend}:\n${last.finished.join('\n')}`);
  return outcomes(events);
}

function outcomes(events: readonly SpecEvent[]): SpecOutcomes {
  const found = new Map<string, SpecOutcome>();
  const seen = new Map<string, number>();
  for (const event of events) {
    if (!('done' in event)) continue;
    const count = (seen.get(event.done) ?? 0) + 1;
    seen.set(event.done, count);
    found.set(count === 1 ? event.done : `${event.done} (${count})`, {
      status: event.status as SpecOutcome['status'],
      errors: event.errors.map((error) => error.split('\n')[0]),
    });
  }
  return found;
}
