import { spawn } from 'node:child_process';
import { LulcError } from '../../errors/lulcError.js';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; `undefined` when it could not be started. */
  readonly code: number | undefined;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its standard error. */
  readonly stderr: string;
}

/**
 * Runs a command without a shell and without input, and keeps what it writes; never throws.
 *
 * @param command program, looked up on PATH
 * @param args its arguments
 * @param options working folder, and variables added to the environment
 *
 * @example
 * ```ts
 * import { runCommand } from '@lulc/core/node';
 *
 * const { code, stdout } = await runCommand('node', ['--version']);
 * console.log(code, stdout.trim());
 * ```
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      // Warnings of a Node child would stand where its complaint is looked for.
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.on('error', (error) => resolve({ code: undefined, stdout, stderr: `${stderr}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The last lines of what a command complained about, for an error message. */
export function complaint(result: CommandResult, lines = 6): string {
  const text = result.stderr.trim() || result.stdout.trim();
  return text.split('\n').slice(-lines).join('\n');
}

/**
 * The error for a command that failed or was not found.
 *
 * @param what its name for the message
 * @param result how it ended
 * @param hint what to do
 * @param lines how many of its last lines to quote
 */
export function commandError(what: string, result: CommandResult, hint: string, lines?: number): LulcError {
  const message = result.code === undefined ? `${what} was not found` : `${what} failed: ${complaint(result, lines)}`;
  return new LulcError('unavailable', message, { hint });
}
