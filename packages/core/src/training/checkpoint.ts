import crc32 from 'crc-32';
import { LulcError } from '../errors/lulcError.js';
import { parseJson } from '../model/json.js';
import { readSafetensors, writeSafetensors } from '../model/safetensors.js';
import type { WeightArray } from '../model/weightArray.js';
import { parseRunState, type RunState } from './runState.js';

/** A run at one moment. */
export interface Checkpoint {
  /** Where it stands. */
  readonly state: RunState;
  /** The settings it was made with. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** All tensors, float32, by group and variable path: `weights/…`, `state/…`, `m/…`, `ema/…`, `best/…`. */
  readonly tensors: ReadonlyMap<string, WeightArray>;
}

const format = 'lulc-checkpoint-1';

/**
 * A checkpoint as one safetensors file, with the state and a checksum in its metadata.
 *
 * @param checkpoint the run
 */
export function encodeCheckpoint({ state, settings, tensors }: Checkpoint): Uint8Array {
  const run = JSON.stringify({ state, settings });
  return writeSafetensors(tensors, { format, run, checksum: checksum(run, tensors) });
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 *
 * @param bytes the file
 * @param name its name, for messages
 * @throws LulcError `corrupt-file` when it is truncated, altered or not a checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const where = { checkpoint: name };
  const { tensors, metadata } = readSafetensors(bytes, where);
  if (metadata.format !== format || metadata.run === undefined) {
    throw new LulcError('corrupt-file', 'this is not a training checkpoint of this version', { where });
  }
  if (metadata.checksum !== checksum(metadata.run, tensors)) {
    throw new LulcError('corrupt-file', 'the checkpoint is damaged: its checksum differs', { where });
  }
  const run = parseJson(new TextEncoder().encode(metadata.run), 'checkpoint', where) as Partial<Checkpoint> | null;
  return {
    state: parseRunState(run?.state, where),
    settings: typeof run?.settings === 'object' && run.settings !== null ? run.settings : {},
    tensors,
  };
}

/** CRC-32 of the state, and of the name, shape and bytes of every tensor. */
function checksum(run: string, tensors: ReadonlyMap<string, WeightArray>): string {
  let sum = crc32.str(run);
  for (const [name, { shape, data }] of tensors) {
    sum = crc32.str(`${name} ${shape}`, sum);
    sum = crc32.buf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}
