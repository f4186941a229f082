import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** An installed package. */
export interface InstalledPackage {
  /** Its name. */
  readonly name: string;
  /** Version in its package.json, else `'unknown'`. */
  readonly version: string;
  /** Folder of its package.json. */
  readonly folder: string;
}

/**
 * Every installation of a package that Node would find from the project that runs (its working folder), from this
 * library, or from the further folders given, in this order. Nothing is loaded.
 */
export function findPackage(name: string, furtherFolders: readonly string[] = []): InstalledPackage[] {
  const starts = [process.cwd(), ...furtherFolders].map((folder) => join(folder, 'package.json'));
  starts.splice(1, 0, import.meta.url);
  const folders = starts
    .flatMap((from) => createRequire(from).resolve.paths(name) ?? [])
    .map((folder) => join(folder, name));
  return [...new Set(folders)].flatMap((folder) => {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) return [];
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string };
    return [{ name, version: version ?? 'unknown', folder }];
  });
}
