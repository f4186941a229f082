import { constants } from 'node:os';
import { exitCodes } from './program/exitCodes.js';
import { runCli } from './program/runCli.js';

/** The first Ctrl-C asks the command to end well; the second ends it at once. */
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    process.stderr.write('\ninterrupted: finishing the step and saving; once more ends at once\n');
    interruption.abort();
  });
}

/** Native libraries greet on stderr, which is for the run; a level that is set already stays. */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.errno === -constants.errno.EPIPE ? exitCodes.ok : exitCodes.internal);
});

const status = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interruption.signal,
});
// Engines may keep threads; what was written to a pipe must be out before the process ends.
process.stdout.write('', () => process.exit(status));
