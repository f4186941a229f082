import { isDeepStrictEqual } from 'node:util';
import { LulcError } from '@lulc/core';
import { type CloudsConfig, cloudsLayout } from '../../config/clouds.js';
import { loadLayout } from '../../config/load.js';
import type { CommandContext } from '../../program/io.js';
import { holdsRun } from '../runFolder.js';
import { type CloudsFolder, type CloudsPart, isThere } from './cloudsFolder.js';

/** A value that was one thing and is another. */
export interface Difference {
  /** Dotted path, e.g. `distillation.alpha`. */
  readonly path: string;
  /** What it was; `undefined`: not given. */
  readonly was: unknown;
  /** What it is. */
  readonly is: unknown;
}

/**
 * Where two records of plain data differ. Lists are compared as wholes.
 *
 * @param was one
 * @param is the other
 */
export function differences(was: unknown, is: unknown, path = ''): readonly Difference[] {
  if (isRecord(was) && isRecord(is)) {
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
      differences(was[key], is[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return isDeepStrictEqual(was, is) ? [] : [{ path, was, is }];
}

/** Differences in words. */
export const differencesText = (found: readonly Difference[]): string =>
  found.map(({ path, was, is }) => `${path} was ${shown(was)}, is ${shown(is)}`).join('; ');

const shown = (value: unknown): string => JSON.stringify(value) ?? 'not given';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a training is made of: sections of the configuration. The plan is not among them, it is compared itself. */
function sectionsOf(part: CloudsPart): readonly (keyof CloudsConfig)[] {
  if (part === 'all') return ['data', 'seed'];
  if (part === 'student') return ['data', 'seed', 'student', 'distillation'];
  return part === 'student-alone' ? ['data', 'seed', 'student'] : ['data', 'seed', 'folds'];
}

/** Where things lie, how quickly they are read, and what is scored on. */
const free = ['data.path', 'data.workers', 'data.cacheBytes', 'data.splits.test'];
/** What may be prolonged until it is finished. */
const length = 'student.epochs';
const ofUnlabelled = 'data.unlabelled';

/**
 * Refuses to go on with a training, or to keep it, by other settings than it was started with.
 *
 * @param folder that holds it, or not
 * @param part which
 * @param config the settings now
 * @throws LulcError `incompatible` naming every setting that differs
 */
export async function requireSameSettings(
  folder: CloudsFolder,
  part: CloudsPart,
  config: CloudsConfig,
  { env }: Pick<CommandContext, 'env'>,
): Promise<void> {
  const run = folder.part(part);
  if (!(await holdsRun(run))) return;
  const isFinished = await isThere(run.file('report'));
  const kept = await loadLayout(cloudsLayout, { file: run.file('config'), env });
  const found = sectionsOf(part)
    .flatMap((section) => differences(kept[section], config[section], section))
    .filter(({ path }) => !free.includes(path) && (isFinished || path !== length))
    .filter(({ path }) => part === 'student' || !path.startsWith(ofUnlabelled));
  if (found.length === 0) return;
  throw new LulcError('incompatible', `what is there was trained by other settings: ${differencesText(found)}`, {
    where: { folder: run.path, settings: found.map(({ path }) => path).join(', ') },
    hint: 'Use the same settings to go on; --overwrite trains anew, --out takes another folder.',
  });
}
