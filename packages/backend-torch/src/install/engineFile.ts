import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { LibtorchOrigin } from './findLibtorch.js';
import { addonName } from './folders.js';

/** What `engine.json` beside an installed addon says. */
export interface EngineFile {
  /** Version of this package that it belongs to. */
  readonly version: string;
  /** Changes when the addon should be built again: sources and flags. */
  readonly fingerprint: string;
  /** The libtorch it was built against and loads. */
  readonly libtorch: {
    readonly folder: string;
    readonly lib: string;
    readonly version: string;
    readonly origin: LibtorchOrigin;
    readonly stamp: string;
  };
  /** Whether it was built for NVIDIA GPUs. */
  readonly cuda: boolean;
  /** Whether the addon is a pre-built one, which needs libtorch to be loaded before it. */
  readonly prebuilt: boolean;
  /** What built it. */
  readonly compiler: string;
  /** Flags of the compiler. */
  readonly flags: readonly string[];
}

/** File name of {@link EngineFile}. */
const engineFileName = 'engine.json';

/** Reads the description of an installed engine; nothing when it is not there, or not whole. */
export function readEngineFile(folder: string): EngineFile | undefined {
  if (!existsSync(join(folder, addonName))) return undefined;
  try {
    const file = JSON.parse(readFileSync(join(folder, engineFileName), 'utf8')) as EngineFile;
    const { libtorch } = file;
    const from = (path: string) => resolve(folder, path);
    return { ...file, libtorch: { ...libtorch, folder: from(libtorch.folder), lib: from(libtorch.lib) } };
  } catch {
    return undefined; // absent, or not ours
  }
}

/** Writes the description. A libtorch beside the engine is named relative to it, so that both can be moved together. */
export async function writeEngineFile(folder: string, file: EngineFile): Promise<void> {
  const { libtorch } = file;
  const to = (path: string) => (isBeside(folder, path) ? relative(folder, path) : path);
  const moved = { ...file, libtorch: { ...libtorch, folder: to(libtorch.folder), lib: to(libtorch.lib) } };
  await writeFile(join(folder, engineFileName), `${JSON.stringify(moved, null, 2)}\n`);
}

/** Whether a path is below the folder that an engine's folder is in. */
export function isBeside(folder: string, path: string): boolean {
  return !relative(dirname(folder), path).startsWith('..');
}
