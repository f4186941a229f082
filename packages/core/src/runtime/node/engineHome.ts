import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder in which this library keeps engines that were installed for it: `LULC_HOME`, or `.lulc` in the root of the
 * workspace (else the project) that the working folder belongs to.
 */
export function engineHome(): string {
  if (process.env.LULC_HOME) return resolve(process.env.LULC_HOME);
  let project: string | undefined;
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      project ??= folder;
      if (declaresWorkspaces(manifest)) return join(folder, '.lulc');
    }
    if (dirname(folder) === folder) return join(project ?? process.cwd(), '.lulc');
  }
}

function declaresWorkspaces(manifest: string): boolean {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { workspaces?: unknown }).workspaces !== undefined;
  } catch {
    return false; // a package.json of somebody else, half-written or not JSON: not ours to complain about
  }
}
