import { readFileSync } from 'node:fs';
import { isLulcError, random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { readKerasH5 } from './readKerasH5.js';

const file = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const keras3 = JSON.parse(new TextDecoder().decode(file('keras3.json'))) as { weights: [string, number[]][] };

function failure(bytes: Uint8Array): unknown {
  try {
    readKerasH5(bytes);
  } catch (error) {
    return isLulcError(error) ? error.code : error;
  }
  return undefined;
}

/** What the generator set: 0, 1, 2, … plus a thousand per variable. */
const counted = (shape: readonly number[], variable: number) => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1000 * variable),
});

describe('H5 files of Keras', () => {
  it('whole model of Keras 3', () => {
    const { tensors } = readKerasH5(file('keras3-model.h5'));
    expect(Object.fromEntries(tensors)).toEqual(
      Object.fromEntries(keras3.weights.map(([name, shape], i) => [name, counted(shape, i)])),
    );
  });

  it('weights of Keras 3, numbered within their layer', () => {
    const { tensors } = readKerasH5(file('keras3.weights.h5'));
    const seen = new Map<string, number>();
    const numbered = keras3.weights.map(([name, shape], i) => {
      const layer = name.split('/')[0];
      const number = seen.get(layer) ?? 0;
      seen.set(layer, number + 1);
      const path = layer === 'predictions' ? layer : `backbone/${layer}`;
      return [`${path}/${number}`, counted(shape, i)];
    });
    expect(Object.fromEntries(tensors)).toEqual(Object.fromEntries(numbered));
  });

  it('weights of Keras 2', () => {
    const { tensors } = readKerasH5(file('keras2.h5'));
    expect([...tensors.keys()].sort()).toEqual([
      'conv1_conv/bias',
      'conv1_conv/kernel',
      'predictions/bias',
      'predictions/kernel',
    ]);
    expect(tensors.get('conv1_conv/kernel')).toEqual(counted([3, 3, 2, 2], 0));
    expect(tensors.get('predictions/bias')).toEqual(counted([2], 3));
  });
});

describe('damaged H5 files', () => {
  it.each(['keras3-model.h5', 'keras3.weights.h5', 'keras2.h5'])('%s: cut anywhere, refused', (name) => {
    const whole = file(name);
    for (let size = 0; size < whole.length - 4096; size += 97) {
      expect(['corrupt-file', 'unsupported-file']).toContain(failure(whole.slice(0, size)));
    }
  });

  it.each(['keras3-model.h5', 'keras3.weights.h5', 'keras2.h5'])('%s: any bytes changed, read or refused', (name) => {
    const draw = random(3);
    const whole = file(name);
    for (let i = 0; i < 1000; i++) {
      const changed = whole.slice();
      for (let n = 0; n < 1 + 5 * draw.next(); n++) changed[Math.floor(draw.next() * whole.length)] = 256 * draw.next();
      expect([undefined, 'corrupt-file', 'unsupported-file']).toContain(failure(changed));
    }
  });

  it('a group that holds itself is refused', () => {
    // Every link of the file leads back to the root group.
    const whole = file('keras3.weights.h5');
    const view = new DataView(whole.buffer);
    const root = view.getBigUint64(64, true);
    const nodes = [...whole.keys()].filter((at) => new TextDecoder().decode(whole.subarray(at, at + 4)) === 'SNOD');
    for (const at of nodes) {
      for (let i = 0; i < view.getUint16(at + 6, true); i++) view.setBigUint64(at + 8 + 40 * i + 8, root, true);
    }
    expect(failure(whole)).toBe('corrupt-file');
  });

  it('a file of something else', () => {
    expect(failure(new TextEncoder().encode('not an HDF5 file'))).toBe('corrupt-file');
  });
});
