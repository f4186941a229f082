import type { LulcErrorCode } from '@lulc/core';

/** Reasons for which the `lulc` command ends. */
export type ExitName =
  | 'ok'
  | 'internal'
  | 'usage'
  | 'data'
  | 'engine'
  | 'incompatible'
  | 'network'
  | 'diverged'
  | 'memory'
  | 'interrupted';

/** Exit status of the `lulc` command by reason; docs/cli.md says what each means. */
export const exitCodes: Readonly<Record<ExitName, number>> = {
  ok: 0,
  internal: 1,
  usage: 2,
  data: 3,
  engine: 4,
  incompatible: 5,
  network: 6,
  diverged: 7,
  memory: 8,
  interrupted: 130,
};

/** What each status means, for documentation. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  ok: 'done',
  internal: 'a bug, or the system refused (disk full, permission); a bug is worth a report',
  usage: 'a command, flag or setting that does not exist or is out of range',
  data: 'data or a model file is missing, broken, of an unknown kind, or holds nothing',
  engine: 'an engine or optional part is not available',
  incompatible: 'model and data do not fit together, or a run folder holds another run',
  network: 'a transfer failed',
  diverged: 'training left the finite numbers; the last checkpoint is from before',
  memory: 'there is not enough memory for a tensor: use a smaller batch or image',
  interrupted: 'Ctrl-C or SIGTERM; a training run left a checkpoint and goes on with `--resume`',
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
  'out-of-memory': 'memory',
  diverged: 'diverged',
  network: 'network',
  aborted: 'interrupted',
  internal: 'internal',
};

/** The exit status of an error. */
export function exitCodeOf(code: LulcErrorCode): number {
  return exitCodes[byErrorCode[code] ?? 'internal'];
}
