/** The command `backend-torch`: puts the torch engine onto this machine. */
import { parseArgs } from 'node:util';
import { isLulcError } from '@lulc/core';
import { installTorch } from './install/installTorch.js';
import { prebuildTorch } from './install/prebuild.js';

const usage = `backend-torch install [--build cpu|cuda] [--python <command>] [--force] [--sanitize] [--optional]
    makes the torch engine work on this machine: finds a libtorch or fetches one, and builds the addon
backend-torch build [the same options]
    the same with a libtorch that is here already; without one, or without a compiler, nothing is done
backend-torch prebuild --out <folder>
    builds the addon for a package of this platform

--build cuda   a libtorch for NVIDIA GPUs; default cpu: any that is here, else the one for the CPU
--python       the Python whose torch package is used, or whose pip fetches one
--force        look for libtorch anew and build again even when it works
--sanitize     a variant with AddressSanitizer, in a folder of its own
--optional     say in one line why it cannot be installed, and end well
`;

const log = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      build: { type: 'string', default: 'cpu' },
      python: { type: 'string' },
      force: { type: 'boolean', default: false },
      sanitize: { type: 'boolean', default: false },
      optional: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...more] = positionals;
  if (values.help) return void process.stdout.write(usage);
  if (more.length > 0 || (values.build !== 'cpu' && values.build !== 'cuda')) return misused();
  if (command === 'prebuild' && values.out !== undefined) {
    console.log(JSON.stringify(await prebuildTorch({ out: values.out, log })));
    return;
  }
  if (command !== 'install' && command !== 'build') return misused();
  try {
    const { python, force, sanitize, build } = values;
    const { version, folder, cuda, changed } = await installTorch({
      build,
      force,
      sanitize,
      fetch: command === 'install',
      ...(python === undefined ? {} : { python }),
      log,
    });
    if (!changed)
      log(`The torch engine is up to date: libtorch ${version} (${cuda ? 'CUDA' : 'CPU'}), engine in ${folder}.`);
  } catch (error) {
    // `build` does what can be done here; that the compiler refuses a file is a failure still.
    const isAbsence = isLulcError(error, 'unavailable') && error.where.file === undefined;
    if (!isLulcError(error) || !(values.optional || (command === 'build' && isAbsence))) throw error;
    console.log(`The torch engine is not installed: ${error.message.split('\n')[0]}`);
  }
}

function misused(): void {
  process.stderr.write(usage);
  process.exitCode = 2;
}

main().catch((error: unknown) => {
  log(isLulcError(error) ? error.message : String(error instanceof Error ? (error.stack ?? error) : error));
  process.exitCode = 1;
});
