import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.js';

/** TensorFlow's C and C++ library with its headers. */
export interface Libtensorflow {
  /** Folder of the libraries. */
  readonly folder: string;
  /** File names to link, e.g. `libtensorflow_cc.so.2`. */
  readonly libraries: readonly string[];
  /** Folder of the headers (`tensorflow/c/c_api.h` below it). */
  readonly include: string;
}

/** Library names by what ships them: the Python package, then the stand-alone C library. */
const librarySets = [
  ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  ['libtensorflow.so.2', 'libtensorflow_framework.so.2'],
  ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  ['libtensorflow.2.dylib', 'libtensorflow_framework.2.dylib'],
] as const;

/**
 * Looks for the library in a folder: laid out like the Python package (libraries and `include` side by side) or like the
 * C library (`lib` and `include`).
 */
export function libtensorflowIn(folder: string): Libtensorflow | undefined {
  const include = join(folder, 'include');
  if (!existsSync(join(include, 'tensorflow', 'c', 'c_api.h'))) return undefined;
  for (const place of [folder, join(folder, 'lib')]) {
    if (!existsSync(place)) continue;
    const files = new Set(readdirSync(place));
    const libraries = librarySets.find((names) => names.every((name) => files.has(name)));
    if (libraries !== undefined) return { folder: place, libraries, include };
  }
  return undefined;
}

/** The library inside the `tensorflow` package of a Python; the package itself is not run. */
export async function libtensorflowOfPython(python: string): Promise<Libtensorflow | undefined> {
  const script =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(list(s.submodule_search_locations)[0] if s else "")';
  const { code, stdout } = await runCommand(python, ['-c', script]);
  const folder = stdout.trim();
  return code === 0 && folder !== '' ? libtensorflowIn(folder) : undefined;
}
