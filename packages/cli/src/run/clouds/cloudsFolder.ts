import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type RunFolder, runFolder } from '../runFolder.js';

/** Files that a folder of clouds has beside those of its trainings. */
const cloudsFiles = {
  config: 'config.yaml',
  fingerprint: 'dataset_fingerprint.json',
  plans: 'plans.json',
  splits: 'splits_final.json',
  maps: 'teacher-maps',
  distillation: 'distillation.json',
  evaluation: 'evaluation.json',
  html: 'report.html',
} as const;

/** The two students: taught, and alone. */
export const studentNames = ['student', 'student-alone'] as const;

/** One of the trainings of a folder: a fold by its number, all cases at once, or a student. */
export type CloudsPart = number | 'all' | (typeof studentNames)[number];

/** Where everything of one cloud model goes: the plan, the folds of the teacher, the students. */
export interface CloudsFolder {
  /** Its path. */
  readonly path: string;
  /** Path of one of its files. */
  file(name: keyof typeof cloudsFiles): string;
  /** Folder of a training, laid out as all runs are. */
  part(name: CloudsPart): RunFolder;
}

/** A folder by its path; nothing is touched. */
export function cloudsFolder(folder: string): CloudsFolder {
  const nameOf = (part: CloudsPart) => (typeof part === 'number' || part === 'all' ? `fold_${part}` : part);
  return {
    path: folder,
    file: (name) => path.join(folder, cloudsFiles[name]),
    part: (part) => runFolder(path.join(folder, nameOf(part))),
  };
}

/** Whether a file or folder is there. */
export function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Folders of the finished models of a folder's folds, in order; `fold_all` where there is no other.
 *
 * @param folder the folder
 * @param folds number of folds
 */
export async function foldModels(folder: CloudsFolder, folds: number): Promise<readonly string[]> {
  const found = async (parts: readonly CloudsPart[]): Promise<string[]> => {
    const models = parts.map((part) => folder.part(part).file('model'));
    const there = await Promise.all(models.map(isThere));
    return models.filter((_, i) => there[i]);
  };
  const numbered = await found(Array.from({ length: folds }, (_, fold) => fold));
  return numbered.length > 0 ? numbered : found(['all']);
}
