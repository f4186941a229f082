import { CommanderError } from 'commander';
import { exitCodes } from './exitCodes.js';
import type { CliIo } from './io.js';
import { buildProgram } from './program.js';

/**
 * Runs the `lulc` command.
 *
 * Heavy parts are loaded by the commands that need them, so that help comes at once.
 *
 * @param argv arguments without node and script, e.g. `['train', '--config', 'run.yaml']`
 * @param io where output goes, the environment and the signal
 * @returns exit status, see {@link exitCodes}; never throws
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let status: number = exitCodes.ok;
  const program = buildProgram(argv, io, (value) => {
    status = value;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    return report(error, argv, io);
  }
}

/** Tells what went wrong and gives the exit status. */
async function report(error: unknown, argv: readonly string[], io: CliIo): Promise<number> {
  const isJson = argv.includes('--json');
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    if (isJson) writeJson(io, { error: { code: 'usage', message: error.message.replace(/^error: /, ''), where: {} } });
    return exitCodes.usage;
  }
  const { describeFailure } = await import('./failure.js');
  const failure = describeFailure(error, argv.includes('--verbose'));
  io.stderr.write(`${failure.text}\n`);
  if (isJson) writeJson(io, failure.data);
  return failure.exitCode;
}

function writeJson(io: CliIo, data: unknown): void {
  io.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
}
