import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** One file of the addon's C++ sources. */
export interface NativeSource {
  /** Path below the folder of the sources, e.g. `kernels/arithmetic.cpp`. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
  /** Whether it is compiled once for every instruction set. */
  readonly perInstructionSet: boolean;
}

/** The file of `simd` that chooses between instruction sets; it is compiled once, like the others. */
const dispatcher = 'dispatch.cpp';

/** All translation units: the C++ files of the folder itself, of `kernels` and of `simd`, sorted. */
export function nativeSources(folder: string): NativeSource[] {
  return ['', 'kernels', 'simd'].flatMap((group) => {
    const place = join(folder, group);
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .filter((file) => file.endsWith('.cpp'))
      .sort()
      .map((file) => ({
        name: join(group, file),
        path: join(place, file),
        perInstructionSet: group === 'simd' && file !== dispatcher,
      }));
  });
}

/**
 * A hash of a file and of everything of this package that it includes (`#include "…"`), by content and name, so that it
 * is the same wherever the package lies.
 */
export function contentHash(file: string, root: string): string {
  const hash = createHash('sha256');
  for (const path of includeClosure(file)) hash.update(relative(root, path)).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

/** The file and the headers it includes with quotes, directly or not; those that do not exist are the compiler's to find. */
function includeClosure(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm))
    includeClosure(join(dirname(file), name), seen);
  return seen;
}

/** A hash of all sources together. */
export function sourcesHash(folder: string): string {
  const hash = createHash('sha256');
  for (const { path } of nativeSources(folder)) hash.update(contentHash(path, folder));
  return hash.digest('hex');
}
