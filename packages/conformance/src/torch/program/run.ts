import { spawn } from 'node:child_process';

/** How a process ended. */
export interface Ending {
  /** Its exit status, or the signal that ended it. */
  readonly status: number | string;
  /** What it wrote, the end of it. */
  readonly output: string;
  /** Its complaints, the end of them. */
  readonly complaints: string;
}

const kept = 64_000;

/**
 * Runs a bundled program.
 *
 * @param bundle its file
 * @param args its arguments
 * @param seconds after which it is ended
 */
export async function runProgram(bundle: string, args: readonly string[] = [], seconds = 300): Promise<Ending> {
  const child = spawn(process.execPath, [bundle, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      texts[stream] = `${texts[stream]}${chunk}`.slice(-kept);
    });
  }
  const status = await new Promise<number | string>((done) => {
    child.once('close', (code, signal) => done(signal ?? code ?? 'unknown'));
  });
  return { status, output: texts.stdout, complaints: texts.stderr };
}
