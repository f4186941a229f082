import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LulcError } from '@lulc/core';
import { type Answer, type ContestantTask, parseAnswer, type Ready } from './protocol.js';

/** A process that can be measured. */
export interface Launch {
  /** What it is called in the results, e.g. `torch` or `pytorch-best`. */
  readonly name: string;
  /** How it does its work, e.g. `train`, `eager`. */
  readonly mode: string;
  /** Program and arguments; the task is added. */
  readonly command: readonly [string, ...string[]];
  /** What it is given. */
  readonly task: ContestantTask;
}

/** A contestant that has warmed up. */
export interface Contestant {
  readonly name: string;
  readonly mode: string;
  readonly ready: Ready;
  /**
   * Does steps.
   *
   * @returns milliseconds of each
   * @throws LulcError `unavailable` when it fails or ends
   */
  run(steps: number): Promise<readonly number[]>;
  /** Ends its process. */
  end(): void;
}

/** Lines of talk that are kept, to say what went wrong. */
const keptLines = 20;

/**
 * Starts a contestant and waits until it has warmed up.
 *
 * @param launch what to start
 * @param env environment of the process
 * @param signal ends it early
 * @throws LulcError `unavailable` with the contestant's own words when it cannot take part; `aborted`
 */
export async function startContestant(
  { name, mode, command: [program, ...args], task }: Launch,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Contestant> {
  const child = spawn(program, [...args, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Warnings of a Node contestant would stand where its last words are looked for.
    env: { ...env, NODE_NO_WARNINGS: '1', ...threadVariables(task.threads) },
    signal,
  });
  const talk: string[] = [];
  const answers = answerQueue();
  const keep = (line: string): void => {
    talk.push(line);
    if (talk.length > keptLines) talk.shift();
  };
  createInterface(child.stderr).on('line', keep);
  createInterface(child.stdout).on('line', (line) => {
    const answer = parseAnswer(line);
    if (answer === undefined) keep(line);
    else answers.put(answer);
  });
  const failure = (reason: string): LulcError =>
    signal.aborted ? new LulcError('aborted', 'the measurement was ended early') : new LulcError('unavailable', reason);
  child.on('error', (error) => answers.fail(failure(`it cannot be started: ${error.message}`)));
  child.on('close', (status, killed) =>
    answers.fail(failure(`it ended (${killed ?? `status ${status}`})${lastWords(talk)}`)),
  );
  child.stdin.on('error', () => undefined); // its end is told by 'close'

  const next = async <T extends Answer['lulcBench']>(): Promise<T> => {
    const answer = await answers.take();
    if ('error' in answer) throw failure(answer.error);
    return answer as T;
  };
  const end = (): void => {
    child.kill('SIGKILL');
  };
  const ready = await next<Ready>().catch((error: unknown) => {
    end();
    throw error;
  });
  return {
    name,
    mode,
    ready,
    run: async (steps) => {
      child.stdin.write(`${steps}\n`);
      return (await next<{ readonly ms: readonly number[] }>()).ms;
    },
    end,
  };
}

/** What native libraries take their number of threads from. */
function threadVariables(threads: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS'].map((name) => [name, String(threads)]),
  );
}

function lastWords(talk: readonly string[]): string {
  const last = talk.filter((line) => line.trim() !== '').at(-1);
  return last === undefined ? '' : `: ${last.trim()}`;
}

/** Answers in the order in which they came; after a failure every further wait fails. */
function answerQueue() {
  const waiting: Answer['lulcBench'][] = [];
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  return {
    put: (answer: Answer['lulcBench']): void => {
      waiting.push(answer);
      wake();
    },
    fail: (error: Error): void => {
      failure ??= error;
      wake();
    },
    take: async (): Promise<Answer['lulcBench']> => {
      for (;;) {
        const answer = waiting.shift();
        if (answer !== undefined) return answer;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
