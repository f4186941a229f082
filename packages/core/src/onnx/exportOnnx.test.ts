import { PbfReader } from 'pbf';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCard, useEngine } from '../index.js';
import { tinyClassifier } from '../testing/tinyClassifier.js';
import { exportOnnx } from './exportOnnx.js';

beforeAll(() => useEngine('cpu'));

type Fields = Record<number, (number | Uint8Array)[]>;

/** The fields of a message by number. */
function fields(bytes: Uint8Array): Fields {
  return new PbfReader(bytes).readFields<Fields>((tag, into, reader) => {
    into[tag] ??= [];
    const lengthDelimited = 2;
    into[tag].push(reader.type === lengthDelimited ? reader.readBytes().slice() : reader.readVarint());
  }, {});
}

const text = (value: number | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);

describe('an ONNX file', () => {
  it('says versions, names, shapes and what the model is', async () => {
    const model = tinyClassifier('multi-label');
    const file = fields(await exportOnnx(model, { opset: 20, layout: 'nchw' }));
    expect(file[1]).toEqual([9]);
    expect(fields(file[8][0] as Uint8Array)[2]).toEqual([20]);
    const metadata = new Map(
      file[14].map((entry) => {
        const { 1: key, 2: value } = fields(entry as Uint8Array);
        return [text(key[0]), text(value[0])];
      }),
    );
    const card = readCard(model);
    expect(metadata.get('layout')).toBe('nchw');
    if (card !== undefined) expect(JSON.parse(metadata.get('card') as string)).toEqual(card);
    const graph = fields(file[7][0] as Uint8Array);
    const value = fields(graph[11][0] as Uint8Array);
    expect(text(value[1][0])).toBe(model.inputs[0].sourceLayer.name);
    const dims = fields(
      fields(fields(fields(value[2][0] as Uint8Array)[1][0] as Uint8Array)[2][0] as Uint8Array)[1][0] as Uint8Array,
    );
    expect(text(dims[2][0])).toBe('batch');
    model.dispose();
  });

  it.each([
    ['layout', { layout: 'hwc' as 'nhwc' }],
    ['opset', { opset: 12 as 17 }],
    ['quantize', { quantize: 'int4' as 'int8' }],
    ['output', { output: 'all' as 'logits' }],
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 1.5 }],
  ])('is not written with a wrong %s', async (option, options) => {
    const model = tinyClassifier('multi-label');
    await expect(exportOnnx(model, options)).rejects.toMatchObject({ code: 'invalid-argument', where: { option } });
    model.dispose();
  });
});
