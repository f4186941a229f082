import type { CheckpointStore, TrainingListener } from '@lulc/core';
import { fileCheckpoints, jsonlLog, progressLog, tensorBoardLog } from '@lulc/core/node';
import type { CommandContext } from '../program/io.js';
import type { RunFolder } from './runFolder.js';

/** What watches a run and keeps its state. */
export interface RunObservers {
  /** Where checkpoints go. */
  readonly store: CheckpointStore;
  /** Logs and progress. */
  readonly listeners: readonly TrainingListener[];
}

/** The observers of a run: files in its folder, and progress for people. */
export function runObservers(folder: RunFolder, { progress }: CommandContext): RunObservers {
  return {
    store: fileCheckpoints(folder.file('checkpoints')),
    listeners: [
      jsonlLog(folder.file('log')),
      tensorBoardLog(folder.file('tensorboard')),
      ...(progress === undefined ? [] : [progressLog({ stream: progress as NodeJS.WriteStream })]),
    ],
  };
}
