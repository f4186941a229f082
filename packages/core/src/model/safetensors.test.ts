import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { random } from '../random/random.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import type { WeightArray } from './weightArray.js';

/** A file from a header of any content, as an attacker could write it. */
function forge(header: unknown, data = new Uint8Array(0), declaredLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, declaredLength ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? error.code : String(error);
  }
  return undefined;
}

const array = (dtype: 'float32' | 'int32' | 'bool', shape: number[], values: number[]): WeightArray => ({
  dtype,
  shape,
  data:
    dtype === 'float32'
      ? Float32Array.from(values)
      : dtype === 'int32'
        ? Int32Array.from(values)
        : Uint8Array.from(values),
});

test('reads what the Python package wrote', () => {
  // written by safetensors 0.8.0 (Python) from PyTorch tensors
  const file = new Uint8Array(readFileSync(new URL('./fixtures/python.safetensors', import.meta.url)));
  const { tensors, metadata } = readSafetensors(file);
  expect(metadata).toEqual({ format: 'pt', note: 'été' });
  const values = (name: string) => Array.from(tensors.get(name)?.data ?? []);
  expect(tensors.get('stem/conv/kernel')?.shape).toEqual([2, 3]);
  expect(values('stem/conv/kernel')).toEqual([0.5, -1.25, 3, Math.fround(1e-3), 65504, -0]);
  expect(values('half')).toEqual([0.0999755859375, -2.5, 2 ** -24, 65504, Number.POSITIVE_INFINITY]);
  expect(values('brain')).toEqual([0.10009765625, -2.5, Math.fround(3.00405527047391e38)]);
  expect(values('double')).toEqual([Math.fround(0.1), 0]);
  expect(tensors.get('steps')).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(7) });
  expect(values('int')).toEqual([-3, 2147483647]);
  expect(values('short')).toEqual([-3, 300]);
  expect(values('byte')).toEqual([0, 255, 7]);
  expect(tensors.get('mask')).toEqual({ dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) });
  expect(tensors.get('empty')?.shape).toEqual([0, 4]);
});

test('a round trip keeps every bit, name and order', () => {
  const tensors = new Map([
    ['b/mask', array('bool', [3], [1, 0, 1])],
    ['a/kernel', array('float32', [2, 2], [Math.PI, -0, 1e-40, Number.NaN])],
    ['__proto__', array('int32', [], [-5])],
    ['empty', array('float32', [0, 7], [])],
  ]);
  const metadata = { card: '{"x":"é"}', __proto__x: 'y' };
  const read = readSafetensors(writeSafetensors(tensors, metadata));
  expect(read.metadata).toEqual(metadata);
  expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
  for (const [name, { dtype, shape, data }] of tensors) {
    const back = read.tensors.get(name);
    expect(back?.dtype).toBe(dtype);
    expect(back?.shape).toEqual(shape);
    expect(new Uint8Array(back!.data.slice().buffer)).toEqual(new Uint8Array(data.buffer));
  }
});

test('data begins at a multiple of 8, wide types first, and an unaligned file reads the same', () => {
  const file = writeSafetensors(
    new Map([
      ['flag', array('bool', [1], [1])],
      ['kernel', array('float32', [3], [1, 2, 3])],
    ]),
  );
  const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  expect(header.kernel.data_offsets).toEqual([0, 12]);
  expect(header.flag.data_offsets).toEqual([12, 13]);
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  expect(readSafetensors(shifted.subarray(1)).tensors).toEqual(readSafetensors(file).tensors);
});

test('16-bit precision rounds weights to nearest', () => {
  const kernel = array('float32', [2], [0.1, 1000.3]);
  const read = (precision: 'float16' | 'bfloat16') =>
    Array.from(readSafetensors(writeSafetensors(new Map([['k', kernel]]), {}, precision)).tensors.get('k')!.data);
  expect(read('float16')).toEqual([0.0999755859375, 1000.5]);
  expect(read('bfloat16')).toEqual([0.10009765625, 1000]);
});

test('hostile files are refused by a typed error', () => {
  const four = new Uint8Array(4);
  const entry = (fields: object) => ({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields } });
  const cases: [string, Uint8Array][] = [
    ['empty file', new Uint8Array(0)],
    ['header longer than the file', forge('{}', four, 1000n)],
    ['header length near 2^64', forge('{}', four, 0xffff_ffff_ffff_fff0n)],
    ['header not an object', forge('[]')],
    ['header not JSON', forge('{"x":')],
    ['header not UTF-8', forge('{"x":').fill(0xff, 9)],
    ['data beyond the end', forge(entry({ data_offsets: [0, 4] }))],
    ['data left over', forge({}, four)],
    ['a hole', forge(entry({ data_offsets: [4, 8] }), new Uint8Array(8))],
    ['an overlap', forge({ ...entry({}), y: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, four)],
    ['reversed offsets', forge(entry({ data_offsets: [4, 0] }), four)],
    ['shape and size disagree', forge(entry({ shape: [2] }), four)],
    ['size overflows', forge(entry({ shape: [2 ** 40, 2 ** 40] }), four)],
    ['negative side', forge(entry({ shape: [-1] }), four)],
    ['fractional offset', forge(entry({ data_offsets: [0, 4.5] }), four)],
    ['offset as text', forge(entry({ data_offsets: ['0', 4] }), four)],
    ['three offsets', forge(entry({ data_offsets: [0, 2, 4] }), four)],
    ['rank 33', forge(entry({ shape: Array(33).fill(1) }), four)],
    ['no dtype', forge(entry({ dtype: undefined }), four)],
    ['metadata not text', forge({ __metadata__: { a: 1 } })],
    ['a truth value of 2', forge(entry({ dtype: 'BOOL', shape: [4] }), Uint8Array.of(0, 1, 2, 0))],
    ['a whole number beyond 32 bits', forge(entry({ dtype: 'U32' }), Uint8Array.of(255, 255, 255, 255))],
  ];
  for (const [name, file] of cases) expect([name, codeOf(() => readSafetensors(file))]).toEqual([name, 'corrupt-file']);
  for (const dtype of ['F8_E4M3', 'constructor', '__proto__']) {
    expect(codeOf(() => readSafetensors(forge(entry({ dtype, shape: [4] }), four)))).toBe('unsupported-file');
  }
});

test('every truncation and any flipped header byte is refused or read as a whole, never crashes', () => {
  const file = writeSafetensors(
    new Map([
      ['stem/conv/kernel', array('float32', [2, 2], [1, 2, 3, 4])],
      ['steps', array('int32', [1], [3])],
    ]),
    { note: 'x' },
  );
  for (let length = 0; length < file.length; length++) {
    expect(codeOf(() => readSafetensors(file.subarray(0, length)))).toBe('corrupt-file');
  }
  const { integer } = random(7);
  for (let trial = 0; trial < 2000; trial++) {
    const damaged = file.slice();
    damaged[integer(file.length - 20)] ^= 1 << integer(8);
    const code = codeOf(() => readSafetensors(damaged));
    expect([undefined, 'corrupt-file', 'unsupported-file']).toContain(code);
  }
});

test('the writer refuses arrays that do not fit their shape', () => {
  expect(codeOf(() => writeSafetensors(new Map([['x', array('float32', [3], [1])]])))).toBe('invalid-argument');
  expect(codeOf(() => writeSafetensors(new Map([['__metadata__', array('float32', [1], [1])]])))).toBe(
    'invalid-argument',
  );
});
