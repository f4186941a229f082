import type { CliIo } from '../program/io.js';
import { runCli } from '../program/runCli.js';

/** An io that keeps what is written. */
export interface CollectedIo extends CliIo {
  /** Everything on stdout so far. */
  out(): string;
  /** Everything on stderr so far. */
  err(): string;
}

/** Keeps what a command writes. */
export function collectIo(options: { env?: CliIo['env']; signal?: AbortSignal } = {}): CollectedIo {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      return true;
    },
  });
  return {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    out: () => written.stdout,
    err: () => written.stderr,
  };
}

/** Runs the command and gives its status and what it wrote. */
export async function runCollected(
  argv: readonly string[],
  options: { env?: CliIo['env']; signal?: AbortSignal } = {},
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const io = collectIo(options);
  const status = await runCli(argv, io);
  return { status, out: io.out(), err: io.err() };
}

/** Runs the command and interrupts it as soon as it writes a line on stderr that begins so, or that is the one. */
export async function runUntil(
  when: string | ((line: string) => boolean),
  argv: readonly string[],
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const interruption = new AbortController();
  const io = collectIo({ signal: interruption.signal });
  const stderr = {
    write: (text: string) => {
      if (typeof when === 'string' ? text.startsWith(when) : when(text)) interruption.abort();
      return io.stderr.write(text);
    },
  };
  const status = await runCli(argv, { ...io, stderr });
  return { status, out: io.out(), err: io.err() };
}
