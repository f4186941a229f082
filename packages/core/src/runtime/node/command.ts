import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; `undefined` when it could not be started. */
  readonly code: number | undefined;
  /** What it wrote. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command without a shell and without input; never throws. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
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
