import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PbfReader } from 'pbf';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../types.js';
import { encodeEvent, frame, tensorBoardLog } from './tensorBoardLog.js';

/** Three records as TensorFlow 2.21's own TFRecordWriter wrote them for these events. */
const writtenByTensorFlow =
  '1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe90f000000000000006d532b090900006040fc54d94110083a02080187fe38723d000000000000006049f1ec090000b040fc54d94110ac022a2f0a110a0a747261696e2f6c6f7373150000203f0a1a0a13747261696e2f6c6561726e696e675f72617465156f12833aab414ec6';

const folder = mkdtempSync(join(tmpdir(), 'lulc-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('encoding', () => {
  it('is byte for byte what TensorFlow writes', () => {
    const records = [
      { wallTime: 1700000000.25, fileVersion: 'brain.Event:2' },
      { wallTime: 1700000001.5, step: 8, sessionStart: true },
      { wallTime: 1700000002.75, step: 300, scalars: { 'train/loss': 0.625, 'train/learning_rate': 0.001 } },
    ].map((event) => Buffer.from(frame(encodeEvent(event))).toString('hex'));
    expect(records.join('')).toBe(writtenByTensorFlow);
  });
});

interface Decoded {
  step?: number;
  fileVersion?: string;
  sessionStart?: boolean;
  scalars: Record<string, number>;
}

/** Reads an event file back: lengths, then the protocol buffers. */
function decode(file: Uint8Array): Decoded[] {
  const events: Decoded[] = [];
  for (let offset = 0; offset < file.length; ) {
    const length = Number(new DataView(file.buffer, file.byteOffset + offset).getBigUint64(0, true));
    const data = file.subarray(offset + 12, offset + 12 + length);
    offset += length + 16;
    const event = new PbfReader(data).readFields<Decoded>(
      (tag, into, pbf) => {
        if (tag === 2) into.step = pbf.readVarint();
        if (tag === 3) into.fileVersion = pbf.readString();
        if (tag === 7) into.sessionStart = true;
        if (tag === 5) {
          pbf.readMessage((_tag, scalars, summary) => {
            const value = summary.readMessage<{ tag: string; value: number }>(
              (inner, pair, reader) => {
                if (inner === 1) pair.tag = reader.readString();
                if (inner === 2) pair.value = reader.readFloat();
              },
              { tag: '', value: Number.NaN },
            );
            scalars[value.tag] = value.value;
          }, into.scalars);
        }
      },
      { scalars: {} },
    );
    events.push(event);
  }
  return events;
}

describe('tensorBoardLog', () => {
  const start = { type: 'start', epochs: 2, stepsPerEpoch: 2, step: 0, epoch: 0, settings: {} } as const;
  const step = (n: number): TrainingEvent => ({
    type: 'step',
    epoch: 0,
    stepInEpoch: n,
    stepsPerEpoch: 2,
    step: n,
    loss: n / 4,
    learningRate: 0.5,
    gradientNorm: 2,
    imagesPerSecond: 8,
  });
  const epoch: TrainingEvent = {
    type: 'epoch',
    improved: true,
    record: {
      epoch: 0,
      step: 2,
      trainLoss: 0.375,
      learningRate: 0.5,
      metrics: { macroF1: 0.75 },
      trainSeconds: 1,
      dataSeconds: 0,
      validationSeconds: 0,
      imagesPerSecond: 8,
    },
  };

  it('writes scalars, and a new file with a session start when it goes on', async () => {
    const error: TrainingEvent = { type: 'error', error: new Error('killed') };
    const log = tensorBoardLog(join(folder, 'run'));
    for (const event of [start, step(1), step(2), epoch, error]) await log(event);
    const again = tensorBoardLog(join(folder, 'run'));
    for (const event of [{ ...start, step: 1 }, step(2), error]) await again(event);

    const files = readdirSync(join(folder, 'run')).sort();
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toContain('tfevents');
    const [first, second] = files.map((file) => decode(readFileSync(join(folder, 'run', file))));
    const scalars = { 'train/learning_rate': 0.5, 'train/gradient_norm': 2, 'train/images_per_second': 8 };
    expect(first).toEqual([
      { fileVersion: 'brain.Event:2', scalars: {} },
      { step: 1, sessionStart: true, scalars: {} },
      { step: 1, scalars: { 'train/loss': 0.25, ...scalars } },
      { step: 2, scalars: { 'train/loss': 0.5, ...scalars } },
      { step: 2, scalars: { 'epoch/train_loss': 0.375, 'validation/macroF1': 0.75 } },
    ]);
    expect(second.slice(1)).toEqual([
      { step: 2, sessionStart: true, scalars: {} },
      { step: 2, scalars: { 'train/loss': 0.5, ...scalars } },
    ]);
  });
});
