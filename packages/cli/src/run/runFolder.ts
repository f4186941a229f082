import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LulcError } from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import { stringify } from 'yaml';

/** Files of a run, relative to its folder. */
export const runFiles = {
  config: 'config.yaml',
  log: 'log.jsonl',
  tensorboard: 'tensorboard',
  checkpoints: 'checkpoints',
  model: 'model',
  safetensors: 'model.safetensors',
  report: 'report.json',
  html: 'report.html',
} as const;

/** The folder of one training run. */
export interface RunFolder {
  /** Its path. */
  readonly path: string;
  /** Path of one of its files. */
  file(name: keyof typeof runFiles): string;
}

/** A run folder by its path; nothing is touched. */
export function runFolder(folder: string): RunFolder {
  return { path: folder, file: (name) => path.join(folder, runFiles[name]) };
}

/** Where a run goes when the configuration does not say: `runs/` and the name of the file. */
export function defaultRunFolder(configFile: string | undefined): string {
  return path.join('runs', configFile === undefined ? 'run' : path.parse(configFile).name);
}

/** Whether a folder holds a run. */
export async function holdsRun(folder: RunFolder): Promise<boolean> {
  return stat(folder.file('config')).then(
    () => true,
    () => false,
  );
}

/**
 * Refuses a folder that holds a run.
 *
 * @throws LulcError `incompatible`
 */
export async function refuseExistingRun(folder: RunFolder): Promise<void> {
  if (!(await holdsRun(folder))) return;
  throw new LulcError('incompatible', 'the run folder holds a run already', {
    where: { folder: folder.path },
    hint: '--resume goes on with it, --overwrite starts anew, --out takes another folder.',
  });
}

/** Makes the folder ready for a new run: files of an earlier one are removed, others stay. */
export async function startRun(folder: RunFolder): Promise<void> {
  for (const name of Object.keys(runFiles) as (keyof typeof runFiles)[]) {
    await rm(folder.file(name), { recursive: true, force: true });
  }
  await mkdir(folder.path, { recursive: true });
}

/** Keeps the resolved configuration, so that the run can be repeated and resumed from its folder alone. */
export async function writeConfig(folder: RunFolder, config: object): Promise<void> {
  const head = '# Written by lulc: every setting of this run, defaults included. Usable with --config.\n';
  const text = stringify(JSON.parse(JSON.stringify(config)));
  await writeText(folder.file('config'), head + text);
}

/** Writes a file of a run, whole or not at all. */
export function writeText(file: string, text: string): Promise<void> {
  return writeAtomically(file, new TextEncoder().encode(text));
}

/** A record as it is written. */
export function jsonText(record: object): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
