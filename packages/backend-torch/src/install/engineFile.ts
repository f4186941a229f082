import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
export const engineFileName = 'engine.json';

/** Reads the description of an installed engine; nothing when it is not there, or not whole. */
export function readEngineFile(folder: string): EngineFile | undefined {
  if (!existsSync(join(folder, addonName))) return undefined;
  try {
    return JSON.parse(readFileSync(join(folder, engineFileName), 'utf8')) as EngineFile;
  } catch {
    return undefined; // absent, or not ours
  }
}
