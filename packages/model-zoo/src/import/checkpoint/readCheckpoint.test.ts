import { readFileSync } from 'node:fs';
import { isLulcError, random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { fill } from '../../testing/hashWeights.js';
import { maskedCrc32c } from './crc32c.js';
import { type CheckpointFiles, readCheckpoint } from './readCheckpoint.js';

const file = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/wrn-zoo/${name}`, import.meta.url)));
const index = file('checkpoints-1.index');
const data = file('checkpoints-1.data-00000-of-00001');

async function failure(files: CheckpointFiles): Promise<unknown> {
  try {
    await readCheckpoint(files);
  } catch (error) {
    return isLulcError(error) ? error.code : error;
  }
  return undefined;
}

describe('a checkpoint of TensorFlow', () => {
  it('gives the variables by key, without optimiser state and counters', async () => {
    const { tensors, variableNames } = await readCheckpoint({ index, data: [data] });
    const layers = new Set([...tensors.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))));
    expect([...layers].every((layer) => /^model\/layer_with_weights-\d+$/.test(layer) || layer === 'optimizer')).toBe(
      true,
    );
    const kernel = tensors.get('model/layer_with_weights-0/kernel');
    expect(kernel).toEqual(fill('weight 0', [3, 3, 10, 16], 'kernel', 'keras'));
    expect(variableNames?.get('model/layer_with_weights-0/kernel')).toBe('conv2d/kernel');
  });

  it('makes float64 to float32', async () => {
    const { tensors } = await readCheckpoint({ index, data: [data] });
    expect(tensors.get('model/layer_with_weights-35/kernel')?.dtype).toBe('float32');
  });

  it('asks for its data files by number', async () => {
    const asked: number[][] = [];
    await readCheckpoint({
      index,
      data: async (shard, shards) => {
        asked.push([shard, shards]);
        return data;
      },
    });
    expect(asked).toEqual([[0, 1]]);
  });
});

describe('a damaged checkpoint', () => {
  it.each([0, 1, 47, 48, index.length - 1])('an index of %d bytes', async (size) => {
    expect(await failure({ index: index.slice(0, size), data: [data] })).toBe('corrupt-file');
  });

  it.each([0, 1, data.length - 1])('data of %d bytes', async (size) => {
    expect(await failure({ index, data: [data.slice(0, size)] })).toBe('corrupt-file');
  });

  it('missing data files', async () => {
    expect(await failure({ index, data: [] })).toBe('corrupt-file');
  });

  it('any flipped bit of a weight is found', async () => {
    const draw = random(5);
    for (let i = 0; i < 20; i++) {
      const flipped = data.slice();
      // The last bytes belong to the object graph; all before them are weights and optimiser state.
      flipped[Math.floor(draw.next() * 8000)] ^= 1 << Math.floor(draw.next() * 8);
      expect(await failure({ index, data: [flipped] })).toBe('corrupt-file');
    }
  });

  it('a changed index is refused, whatever was changed', async () => {
    const draw = random(6);
    for (let i = 0; i < 200; i++) {
      const changed = index.slice();
      for (let n = 0; n < 1 + 3 * draw.next(); n++) changed[Math.floor(draw.next() * index.length)] = 256 * draw.next();
      const code = await failure({ index: changed, data: [data] });
      expect(['corrupt-file', 'unsupported-file', undefined]).toContain(code);
    }
  });

  it('an index that was changed with its checksums is still safe', async () => {
    const draw = random(7);
    const block = firstBlock(index);
    let read = 0;
    for (let i = 0; i < 1500; i++) {
      const forged = index.slice();
      for (let n = 0; n < 1 + 4 * draw.next(); n++) forged[Math.floor(draw.next() * block)] = 256 * draw.next();
      new DataView(forged.buffer).setUint32(block + 1, maskedCrc32c(forged.subarray(0, block + 1)), true);
      const code = await failure({ index: forged, data: [data] });
      if (code === undefined) read++;
      else expect(['corrupt-file', 'unsupported-file']).toContain(code);
    }
    expect(read).toBeLessThan(1500);
  });
});

/** Size of the first data block: the only one in an index this small, followed by an empty meta index block. */
function firstBlock(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let size = 1; size + 5 <= bytes.byteLength; size++) {
    if (bytes[size] === 0 && view.getUint32(size + 1, true) === maskedCrc32c(bytes.subarray(0, size + 1))) return size;
  }
  throw new Error('no block');
}
