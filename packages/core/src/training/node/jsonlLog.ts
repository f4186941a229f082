import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeAtomically } from '../../model/node/atomicFile.js';
import type { TrainingEvent, TrainingListener } from '../types.js';

/**
 * Logs a run as JSON lines: one object per event, with its `type` (`start`, `step`, `epoch`, `checkpoint`, `warning`,
 * `end`, `error`) and `time` (ISO 8601). When a run goes on from a checkpoint, records of work that was lost and is done
 * again are taken out first, so that every step is there once; when a run starts anew, so does the file.
 *
 * @param path the file; its folder is made
 * @returns a listener for `train` and `runTraining`
 * @throws the file system's own error, through the run, when the file cannot be written
 * @example
 * ```ts
 * import { type TrainOptions, train } from '@lulc/core';
 * import { jsonlLog } from '@lulc/core/node';
 *
 * const logged = (options: TrainOptions) => train({ ...options, listeners: [jsonlLog('runs/b0/log.jsonl')] });
 * ```
 */
export function jsonlLog(path: string): TrainingListener {
  const file = resolve(path);
  let descriptor: number | undefined;
  const write = (event: TrainingEvent): void => {
    descriptor ??= openLog(file);
    writeSync(descriptor, `${JSON.stringify({ time: new Date().toISOString(), ...plain(event) })}\n`);
  };
  return async (event) => {
    if (event.type === 'start') await writeAtomically(file, new TextEncoder().encode(keptLines(file, event)));
    write(event);
    if ((event.type === 'end' || event.type === 'error') && descriptor !== undefined) {
      closeSync(descriptor);
      descriptor = undefined;
    }
  };
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}

/** An event as JSON can hold it; the history is not repeated at the end. */
function plain(event: TrainingEvent): object {
  if (event.type === 'error')
    return { type: 'error', message: event.error instanceof Error ? event.error.message : String(event.error) };
  if (event.type === 'end') return { type: 'end', ...event.result, history: undefined };
  return event;
}

/** The lines of an earlier part of this run that stay true. */
function keptLines(file: string, start: Extract<TrainingEvent, { type: 'start' }>): string {
  if (start.step === 0) return '';
  const stays = (line: string): boolean => {
    try {
      const record = JSON.parse(line) as { type?: string; step?: number; record?: { epoch?: number } };
      if (record.type === 'step' || record.type === 'checkpoint') return (record.step ?? 0) <= start.step;
      if (record.type === 'epoch') return (record.record?.epoch ?? 0) < start.epoch;
      return true;
    } catch {
      return false; // a line cut off by the kill
    }
  };
  return linesOf(file)
    .filter(stays)
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw error;
  }
}
