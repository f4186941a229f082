import type { Engine, TrainResult } from '@lulc/core';
import type { CommandContext } from '../program/io.js';
import type { RunFolder } from './runFolder.js';

/** A run that is about to begin: what runs of every kind are told. */
export interface OpenedRun<Config> {
  /** Every setting. */
  readonly config: Config;
  /** Where everything goes. */
  readonly folder: RunFolder;
  /** What a folder that holds a run means: go on with it, start anew, or an error. */
  readonly existing: 'resume' | 'overwrite' | 'refuse';
  /** The engine in use. */
  readonly engine: Engine;
  /** Logs, progress, signal. */
  readonly context: CommandContext;
}

/** How a run ended: with a report, or interrupted with a checkpoint. */
export type RunOutcome<Report> =
  | { readonly status: 'finished'; readonly report: Report }
  | { readonly status: 'interrupted'; readonly training: TrainResult };
