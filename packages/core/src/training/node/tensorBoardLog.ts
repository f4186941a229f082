import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import crc32c from 'crc-32/crc32c.js';
import { PbfWriter } from 'pbf';
import type { TrainingEvent, TrainingListener } from '../types.js';

/** One entry of a TensorBoard event file. */
interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalars?: Readonly<Record<string, number>>;
  /** Marks a session start: TensorBoard forgets what other files say of this step and later ones. */
  readonly sessionStart?: boolean;
}

/** Field numbers of TensorFlow's `event.proto` and `summary.proto`. */
const field = {
  event: { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 },
  summary: { value: 1 },
  value: { tag: 1, simpleValue: 2 },
  sessionLog: { status: 1 },
} as const;
const sessionStatusStart = 1;

/**
 * Logs a run for TensorBoard: `train/loss`, `train/learning_rate`, `train/gradient_norm`, `train/images_per_second` at
 * every step, `epoch/train_loss` and `validation/<metric>` at every epoch. A run that goes on writes a new file that
 * tells TensorBoard from which step on to forget the old one.
 *
 * @param folder a folder for this run; made when missing
 * @returns a listener for `train` and `runTraining`
 * @throws the file system's own error, through the run, when the file cannot be written
 * @example
 * ```ts
 * import { type TrainOptions, train } from '@lulc/core';
 * import { tensorBoardLog } from '@lulc/core/node';
 *
 * // then: tensorboard --logdir runs
 * const logged = (options: TrainOptions) => train({ ...options, listeners: [tensorBoardLog('runs/b0/tensorboard')] });
 * ```
 */
export function tensorBoardLog(folder: string): TrainingListener {
  const place = resolve(folder);
  let descriptor: number | undefined;
  const write = (event: Omit<TensorBoardEvent, 'wallTime'>): void => {
    if (descriptor === undefined) return;
    writeSync(descriptor, frame(encodeEvent({ wallTime: Date.now() / 1000, ...event })));
  };
  return (event) => {
    if (event.type === 'start') {
      mkdirSync(place, { recursive: true });
      const stamp = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
      descriptor = openSync(join(place, `events.out.tfevents.${stamp}.lulc.${process.pid}.${event.step}`), 'a');
      write({ fileVersion: 'brain.Event:2' });
      write({ step: event.step + 1, sessionStart: true });
    } else if (event.type === 'end' || event.type === 'error') {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    } else {
      const scalars = scalarsOf(event);
      if (scalars !== undefined) write(scalars);
    }
  };
}

function scalarsOf(event: TrainingEvent): Pick<TensorBoardEvent, 'step' | 'scalars'> | undefined {
  if (event.type === 'step') {
    return {
      step: event.step,
      scalars: {
        'train/loss': event.loss,
        'train/learning_rate': event.learningRate,
        'train/gradient_norm': event.gradientNorm,
        'train/images_per_second': event.imagesPerSecond,
      },
    };
  }
  if (event.type === 'epoch') {
    const { step, trainLoss, metrics } = event.record;
    const named = Object.entries(metrics).map(([name, value]) => [`validation/${name}`, value]);
    return { step, scalars: { 'epoch/train_loss': trainLoss, ...Object.fromEntries(named) } };
  }
  return undefined;
}

/** An event as protocol-buffer bytes. */
export function encodeEvent({ wallTime, step, fileVersion, scalars, sessionStart }: TensorBoardEvent): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(field.event.wallTime, wallTime);
  if (step !== undefined) pbf.writeVarintField(field.event.step, step);
  if (fileVersion !== undefined) pbf.writeStringField(field.event.fileVersion, fileVersion);
  if (scalars !== undefined) {
    pbf.writeMessage(
      field.event.summary,
      (values, summary) => {
        for (const entry of Object.entries(values)) {
          summary.writeMessage(
            field.summary.value,
            ([tag, value], scalar) => {
              scalar.writeStringField(field.value.tag, tag);
              scalar.writeFloatField(field.value.simpleValue, value);
            },
            entry,
          );
        }
      },
      scalars,
    );
  }
  if (sessionStart) {
    pbf.writeMessage(
      field.event.sessionLog,
      (status, log) => log.writeVarintField(field.sessionLog.status, status),
      sessionStatusStart,
    );
  }
  return pbf.finish();
}

/** A TFRecord: length, its checksum, the data, their checksum; all little-endian. */
export function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return record;
}

/** CRC-32C, rotated and shifted as TFRecord wants it, so that data that hold checksums keep theirs apart. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
