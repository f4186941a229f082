import { join } from 'node:path';
import { complaint, runCommand, type Trial } from '@lulc/core/node';
import { packageFolder } from './folders.js';

/** What a trial says about the engine. */
export interface TorchFacts {
  /** Version of the libtorch that the addon was compiled against. */
  readonly version: string;
  /** What it computes on here. */
  readonly device: 'cpu' | 'cuda';
}

/** Loads an addon in a process of its own (a crash there is only a failure here) and computes with it. */
export async function tryAddon(addon: string, env: NodeJS.ProcessEnv): Promise<Trial<TorchFacts>> {
  const script = join(packageFolder(), 'dist', 'trial.js');
  const result = await runCommand(process.execPath, [script], { env: { ...env, LULC_TORCH_ADDON: addon } });
  if (result.code !== 0) return { ok: false, reason: complaint(result, 12) };
  try {
    const line = result.stdout.trim().split('\n').at(-1) ?? '';
    const { product, ...facts } = JSON.parse(line) as TorchFacts & { product: number[] };
    if (product[0] !== 17 || product[1] !== 39) return { ok: false, reason: `it computed ${product} instead of 17,39` };
    return { ok: true, facts };
  } catch {
    return { ok: false, reason: complaint(result) };
  }
}
