import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LulcError } from '../../errors/lulcError.js';
import { complaint, runCommand } from './command.js';

/**
 * The folder with `node_api.h` for the running Node: beside its binary, where npm's `nodedir` points, or fetched by the
 * node-gyp that comes with npm into `cache` (the headers alone, about 10 MB download).
 *
 * @param cache folder for fetched headers
 * @param log told when something is fetched
 * @throws LulcError `unavailable` when they are neither here nor can be fetched
 */
export async function nodeHeaders(cache: string, log: (line: string) => void): Promise<string> {
  const holds = (folder: string) => existsSync(join(folder, 'node_api.h'));
  const nodedir = (await runCommand('npm', ['config', 'get', 'nodedir'])).stdout.trim();
  const beside = [
    resolve(dirname(process.execPath), '..', 'include', 'node'),
    ...(nodedir !== '' && nodedir !== 'undefined' ? [join(nodedir, 'include', 'node')] : []),
  ];
  const found = beside.find(holds);
  if (found !== undefined) return found;
  log(`Fetching the headers of Node ${process.version} with the node-gyp that comes with npm.`);
  const npmModules = (await runCommand('npm', ['root', '-g'])).stdout.trim();
  const nodeGyp = join(npmModules, 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const fetched = await runCommand(process.execPath, [nodeGyp, 'install', '--devdir', cache]);
  const folder = join(cache, process.version.slice(1), 'include', 'node');
  if (fetched.code !== 0 || !holds(folder))
    throw new LulcError(
      'unavailable',
      `the headers of Node were not found and could not be fetched: ${complaint(fetched)}`,
      {
        hint: "Install your system's Node headers (Debian: libnode-dev) or set npm's nodedir to a folder with include/node.",
      },
    );
  return folder;
}
