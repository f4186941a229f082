import type { LulcErrorCode } from '@lulc/core';

/** What the exit status of the `lulc` command means. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  data: 3,
  engine: 4,
  incompatible: 5,
  network: 6,
  diverged: 7,
  interrupted: 130,
} as const;

/** Name of an exit status. */
export type ExitName = keyof typeof exitCodes;

/** What each status means, for documentation. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  ok: 'done',
  internal: 'a bug, or the system refused (disk full, permission); please report it when it is a bug',
  usage: 'a command, flag or setting that does not exist or is out of range',
  data: 'data or a model file is missing, broken, of an unknown kind, or holds nothing',
  engine: 'an engine or optional part is not available',
  incompatible: 'model and data do not fit together, or a run folder holds another run',
  network: 'a transfer failed',
  diverged: 'training left the finite numbers; the last checkpoint is from before',
  interrupted: 'Ctrl-C or SIGTERM; a training run left a checkpoint and goes on with --resume',
};

const byErrorCode: Readonly<Record<LulcErrorCode, ExitName>> = {
  'invalid-argument': 'usage',
  'unknown-name': 'usage',
  'shape-mismatch': 'usage',
  'duplicate-name': 'internal',
  unavailable: 'engine',
  'corrupt-file': 'data',
  'unsupported-file': 'data',
  'missing-file': 'data',
  nodata: 'data',
  incompatible: 'incompatible',
  diverged: 'diverged',
  network: 'network',
  aborted: 'interrupted',
  internal: 'internal',
};

/** The exit status of an error. */
export function exitCodeOf(code: LulcErrorCode): number {
  return exitCodes[byErrorCode[code] ?? 'internal'];
}
