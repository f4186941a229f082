import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isLulcError, type LulcError } from '../errors/lulcError.js';
import { random } from '../random/random.js';
import { sampleModel, scramble } from '../testing/sampleModel.js';
import { createCard, readCard, writeCard } from './card.js';
import { loadModel, loadTensors } from './loadModel.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { modelToBytes, saveModel } from './saveModel.js';
import { loadWeights, weightArrays } from './weights.js';

const card = createCard({
  family: 'sample',
  configuration: { width: 6 },
  task: 'multi-label',
  classes: ['A', 'B', 'C'],
  bands: ['B02', 'B03', 'B04', 'B08'],
});

let folder: string;
let model: LayersModel;
const images = tf.tidy(() => tf.keep(tf.randomUniform([2, 8, 8, 4], 0, 1, 'float32', 3)));

beforeAll(() => {
  model = sampleModel(1);
  scramble(model, 9);
  writeCard(model, card);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-model-'));
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(() => model.dispose());

async function outputs(of: LayersModel): Promise<number[]> {
  const result = tf.tidy(() => of.predict(images) as tf.Tensor);
  const values = Array.from(await result.data());
  result.dispose();
  return values;
}

/** Same weights bit by bit, same outputs, same card; frees the copy. */
async function expectSame(copy: LayersModel): Promise<void> {
  expect(await weightArrays(copy)).toEqual(await weightArrays(model));
  expect(await outputs(copy)).toEqual(await outputs(model));
  copy.dispose();
}

async function failure(run: Promise<unknown>): Promise<LulcError> {
  const error = await run.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!isLulcError(error)) throw error;
  return error;
}

const path = (...parts: string[]) => join(folder, ...parts);

describe('folders', () => {
  test.each(['tfjs', 'safetensors'] as const)('a %s model comes back bit by bit', async (format) => {
    const before = tf.memory().numTensors;
    const saved = await saveModel(model, path('a', 'b'), { format });
    const main = format === 'tfjs' ? 'model.json' : 'model.safetensors';
    expect(saved.files[0].name).toBe(main);
    expect((await readdir(path('a', 'b'))).sort()).toEqual(saved.files.map(({ name }) => name).sort());
    const content = await readFile(path('a', 'b', main));
    expect(saved.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    for (const source of [path('a', 'b'), path('a', 'b', main), pathToFileURL(path('a', 'b', main))]) {
      const copy = await loadModel(source, { sha256: saved.sha256 });
      expect(readCard(copy)).toEqual(card);
      await expectSame(copy);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a name tells the format, and a name that contradicts it is refused', async () => {
    expect((await saveModel(model, path('net.safetensors'))).format).toBe('safetensors');
    expect((await saveModel(model, path('net.json'))).format).toBe('tfjs');
    await expectSame(await loadModel(path('net.safetensors')));
    await expectSame(await loadModel(path('net.json')));
    expect((await failure(saveModel(model, path('x.safetensors'), { format: 'tfjs' }))).code).toBe('invalid-argument');
    expect((await failure(saveModel(model, ''))).code).toBe('invalid-argument');
  });

  test('replacing a model leaves other files alone and no stale weights', async () => {
    const first = await saveModel(model, folder);
    await writeFile(path('report.html'), 'mine');
    const other = sampleModel(2);
    const second = await saveModel(other, folder);
    expect(second.files[1].name).not.toBe(first.files[1].name);
    expect((await readdir(folder)).sort()).toEqual([...second.files.map(({ name }) => name), 'report.html'].sort());
    const copy = await loadModel(folder, { onWarning: () => {} });
    expect(await weightArrays(copy)).toEqual(await weightArrays(other));
    copy.dispose();
    other.dispose();
  });

  test('an interrupted save leaves the earlier model whole', async () => {
    await saveModel(model, folder);
    // A folder in the place of the new main file makes its rename fail, after the new weights were written.
    await saveModel(model, path('deep'));
    await rm(path('deep', 'model.json'));
    await mkdir(path('deep', 'model.json'));
    const other = sampleModel(2);
    expect((await failure(saveModel(other, path('deep')))).code).toBe('unavailable');
    expect((await readdir(path('deep'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    // Weights of a save that was killed before its model.json was in place.
    await writeFile(path('weights-0123456789abcdef.bin'), 'half');
    await writeFile(path('model.json.0123456789ab.tmp'), '{"half');
    await expectSame(await loadModel(folder));
    other.dispose();
  });

  test('what is not there or not a file is said', async () => {
    expect(await failure(loadModel(path('none')))).toMatchObject({ code: 'missing-file' });
    expect(await failure(loadModel(path('none.safetensors')))).toMatchObject({ code: 'missing-file' });
    await mkdir(path('folder.safetensors'));
    expect(await failure(loadModel(path('folder.safetensors')))).toMatchObject({ code: 'unsupported-file' });
    await symlink('/dev/zero', path('endless.safetensors'));
    expect(await failure(loadModel(path('endless.safetensors')))).toMatchObject({ code: 'unsupported-file' });
    await writeFile(path('file'), '');
    expect(await failure(saveModel(model, path('file')))).toMatchObject({ code: 'unavailable' });
  });

  test('limits on size hold over all files', async () => {
    const saved = await saveModel(model, folder);
    const total = saved.files.reduce((sum, { bytes }) => sum + bytes, 0);
    await expectSame(await loadModel(folder, { maxBytes: total }));
    expect(await failure(loadModel(folder, { maxBytes: total - 1 }))).toMatchObject({ code: 'corrupt-file' });
    expect(await failure(loadModel(folder, { maxBytes: Number.NaN }))).toMatchObject({ code: 'invalid-argument' });
  });
});

describe('damaged files', () => {
  test('a weight file that is short, long, changed or missing is refused, and nothing leaks', async () => {
    const { files } = await saveModel(model, folder);
    const weights = path(files[1].name);
    const good = await readFile(weights);
    const json = JSON.parse(await readFile(path('model.json'), 'utf8'));
    const before = tf.memory().numTensors;
    const flipped = Buffer.from(good);
    flipped[100] ^= 1;
    for (const bad of [good.subarray(1), Buffer.concat([good, good.subarray(0, 4)]), flipped, Buffer.alloc(0)]) {
      await writeFile(weights, bad);
      expect(await failure(loadModel(folder))).toMatchObject({ code: 'corrupt-file', where: { file: files[1].name } });
    }
    // Without hashes, as other programs write model.json: sizes still tell.
    json.weightsManifest[0].sha256 = undefined;
    await writeFile(path('model.json'), JSON.stringify(json));
    for (const bad of [good.subarray(4), Buffer.concat([good, good.subarray(0, 4)])]) {
      await writeFile(weights, bad);
      expect(await failure(loadModel(folder))).toMatchObject({ code: 'corrupt-file' });
    }
    await rm(weights);
    expect(await failure(loadModel(folder))).toMatchObject({ code: 'missing-file' });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a wrong expected hash is refused', async () => {
    for (const format of ['tfjs', 'safetensors'] as const) {
      await saveModel(model, folder, { format });
      expect(await failure(loadModel(folder, { format, sha256: '00'.repeat(32) }))).toMatchObject({
        code: 'corrupt-file',
      });
    }
  });

  test('every truncation of a safetensors model is refused', async () => {
    const bytes = await modelToBytes(model);
    const { integer } = random(3);
    for (let trial = 0; trial < 200; trial++) {
      expect((await failure(loadModel(bytes.subarray(0, integer(bytes.length))))).code).toBe('corrupt-file');
    }
  });

  interface Json {
    modelTopology: { config: { layers: LayerJson[]; output_layers: [string, number, number][] } };
    weightsManifest: {
      paths: string[];
      weights: { name: string; shape: number[]; dtype: string }[];
      sha256?: string[];
    }[];
    format: string;
  }
  interface LayerJson {
    class_name: string;
    name: string;
    config: { name: string; filters: number };
    inbound_nodes: [string, number, number, object][][];
    inboundNodes?: [string, number, number, object][][];
  }
  const hostile: [string, string, (json: Json) => void][] = [
    ['an unknown layer class', 'unsupported-file', (json) => (layer(json, 1).class_name = 'Gadget')],
    [
      'a class that is a property of every object',
      'unsupported-file',
      (json) => (layer(json, 1).class_name = 'constructor'),
    ],
    ['an input that does not exist', 'corrupt-file', (json) => (layer(json, 2).inbound_nodes[0][0][0] = 'nowhere')],
    ['an input of its own', 'corrupt-file', (json) => (layer(json, 2).inbound_nodes[0][0][0] = layer(json, 2).name)],
    ['a call that does not exist', 'corrupt-file', (json) => (layer(json, 2).inbound_nodes[0][0][1] = 7)],
    [
      'another spelling of the graph',
      'corrupt-file',
      (json) => {
        layer(json, 2).inboundNodes = [[['nowhere', 0, 0, {}]]];
      },
    ],
    ['two layers of one name', 'corrupt-file', (json) => (layer(json, 2).name = layer(json, 1).name)],
    ['a layer that renames itself', 'corrupt-file', (json) => (layer(json, 2).config.name = layer(json, 1).name)],
    ['a missing output', 'corrupt-file', (json) => (json.modelTopology.config.output_layers[0][0] = 'nowhere')],
    [
      'a graph of graphs',
      'corrupt-file',
      (json) => (json.modelTopology.config.layers = [structuredClone(json.modelTopology) as never]),
    ],
    ['a huge layer', 'corrupt-file', (json) => (layer(json, 1).config.filters = 1e9)],
    ['a negative layer', 'corrupt-file', (json) => (layer(json, 1).config.filters = -3)],
    ['a layer of text', 'corrupt-file', (json) => (layer(json, 1).config = 'text' as never)],
    ['no topology', 'unsupported-file', (json) => (json.modelTopology = undefined as never)],
    [
      'a topology of one layer',
      'corrupt-file',
      (json) => {
        json.modelTopology = layer(json, 1) as never;
        json.weightsManifest = [];
      },
    ],
    ['a topology of text', 'corrupt-file', (json) => (json.modelTopology = '{}' as never)],
    ['a graph model', 'unsupported-file', (json) => (json.format = 'graph-model')],
    ['no manifest', 'corrupt-file', (json) => (json.weightsManifest = undefined as never)],
    ['a manifest of text', 'corrupt-file', (json) => (json.weightsManifest = 'x' as never)],
    ['a path upwards', 'corrupt-file', (json) => (json.weightsManifest[0].paths = ['../secret.bin'])],
    ['an absolute path', 'corrupt-file', (json) => (json.weightsManifest[0].paths = ['/etc/hostname'])],
    ['an address as path', 'corrupt-file', (json) => (json.weightsManifest[0].paths = ['http://127.0.0.1/x'])],
    ['a hidden path upwards', 'corrupt-file', (json) => (json.weightsManifest[0].paths = ['%2e%2e/x'])],
    ['a weight twice', 'corrupt-file', (json) => (weight(json, 1).name = weight(json, 0).name)],
    ['a weight of another name', 'corrupt-file', (json) => (weight(json, 0).name = 'other/kernel')],
    ['a weight of negative size', 'corrupt-file', (json) => (weight(json, 0).shape[0] = -1)],
    ['a weight of huge size', 'corrupt-file', (json) => (weight(json, 0).shape = [2 ** 40, 2 ** 40])],
    ['a weight of text', 'corrupt-file', (json) => (weight(json, 0).dtype = 'string')],
    ['a weight transposed', 'corrupt-file', (json) => weight(json, 0).shape.reverse()],
  ];
  const layer = (json: Json, index: number) => json.modelTopology.config.layers[index];
  const weight = (json: Json, index: number) => json.weightsManifest[0].weights[index];

  test.each(hostile)('%s is refused (%s)', async (_, code, change) => {
    await saveModel(model, folder);
    const json = JSON.parse(await readFile(path('model.json'), 'utf8'));
    change(json);
    await writeFile(path('model.json'), JSON.stringify(json));
    const before = tf.memory().numTensors;
    expect(await failure(loadModel(folder))).toMatchObject({ code });
    expect(tf.memory().numTensors).toBe(before);
    // The registry and the layers still work.
    await saveModel(model, folder);
    await expectSame(await loadModel(folder));
  });

  test('text that is not JSON, or nested without end, is refused', async () => {
    await saveModel(model, folder);
    for (const text of [
      '',
      '{',
      '\0\xff',
      '['.repeat(1_000_000),
      `{"modelTopology":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    ]) {
      await writeFile(path('model.json'), text);
      expect((await failure(loadModel(folder))).code).toBe('corrupt-file');
    }
  });

  test('random damage to model.json gives a typed error or a whole model', async () => {
    await saveModel(model, folder);
    const good = await readFile(path('model.json'));
    const { integer } = random(11);
    for (let trial = 0; trial < 100; trial++) {
      const bad = Buffer.from(good);
      bad[integer(bad.length)] = 32 + integer(95);
      await writeFile(path('model.json'), bad);
      try {
        (await loadModel(folder, { onWarning: () => {} })).dispose();
      } catch (error) {
        if (!isLulcError(error)) throw error;
      }
    }
  });
});

describe('safetensors', () => {
  test('bytes in memory rebuild the model; 16-bit precision halves them', async () => {
    const bytes = await modelToBytes(model);
    await expectSame(await loadModel(bytes));
    const small = await modelToBytes(model, { precision: 'float16' });
    expect(small.length - headerOf(small)).toBe((bytes.length - headerOf(bytes)) / 2);
    const copy = await loadModel(small);
    const [a, b] = [await outputs(copy), await outputs(model)];
    for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i], 2);
    copy.dispose();
  });

  const headerOf = (bytes: Uint8Array) => 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));

  test('metadata holds card and topology for other programs, weights have their paths and layouts', async () => {
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), note: 'kept' });
    const { tensors, metadata } = readSafetensors(await modelToBytes(model));
    expect(Object.keys(metadata).sort()).toEqual(['card', 'format', 'topology', 'user_metadata']);
    expect(JSON.parse(metadata.card)).toEqual(card);
    expect(tensors.get('stem/conv/kernel')?.shape).toEqual([3, 3, 4, 6]);
    expect(tensors.get('head/kernel')?.shape).toEqual([6, 3]);
    const copy = await loadModel(await modelToBytes(model));
    expect(copy.getUserDefinedMetadata()).toMatchObject({ note: 'kept' });
    copy.dispose();
    writeCard(model, card);
  });

  test('a damaged or missing card gives the model with a warning', async () => {
    const { tensors, metadata } = readSafetensors(await modelToBytes(model));
    for (const text of ['{"half', '{"formatVersion":1}', undefined]) {
      const { card: _, ...others } = metadata;
      const warnings: string[] = [];
      const bytes = writeSafetensors(tensors, text === undefined ? others : { ...others, card: text });
      const copy = await loadModel(bytes, { onWarning: ({ message }) => warnings.push(message) });
      expect(readCard(copy)).toBeUndefined();
      expect(warnings.join()).toMatch(/card/);
      await expectSame(copy);
    }
  });

  test('weights without a topology can be loaded into a model that was built', async () => {
    const bytes = writeSafetensors(await weightArrays(model));
    const error = await failure(loadModel(bytes));
    expect(error.code).toBe('unsupported-file');
    expect(error.message).toMatch(/loadTensors/);
    const built = sampleModel(3);
    loadWeights(built, (await loadTensors(bytes, { onWarning: () => {} })).tensors);
    await expectSame(built);
  });
});

describe('other programs', () => {
  test('a quantised TensorFlow.js model is read', async () => {
    await saveModel(model, folder);
    const arrays = await weightArrays(model);
    const json = JSON.parse(await readFile(path('model.json'), 'utf8'));
    const [min, scale] = [-0.5, 2 / 255];
    const weights = json.weightsManifest[0].weights;
    const types = ['uint8', 'uint16', 'float16'] as const;
    const parts: Uint8Array[] = [];
    for (const [index, spec] of weights.entries()) {
      const dtype = types[index % 3];
      const values = arrays.get(spec.name)!.data;
      const quanta = Array.from(values, (x) => (dtype === 'float16' ? 0x3c00 : Math.round((x - min) / scale)));
      const typed = dtype === 'uint8' ? Uint8Array.from(quanta) : Uint16Array.from(quanta);
      parts.push(new Uint8Array(typed.buffer));
      spec.quantization = dtype === 'float16' ? { dtype } : { dtype, min, scale };
    }
    json.weightsManifest[0] = { paths: ['./group1-shard1of1.bin'], weights };
    await writeFile(path('model.json'), JSON.stringify(json));
    await writeFile(path('group1-shard1of1.bin'), Buffer.concat(parts));
    const copy = await loadModel(folder);
    for (const [index, [name, { data }]] of [...(await weightArrays(copy))].entries()) {
      const expected = arrays.get(name)!.data;
      for (const [i, value] of data.entries()) {
        if (types[index % 3] === 'float16') expect(value).toBe(1);
        else expect(Math.abs(value - expected[i])).toBeLessThan(scale / 2 + 1e-6);
      }
    }
    copy.dispose();
  });
});

describe('the web', () => {
  let server: Server;
  let origin: string;
  let handle: (request: IncomingMessage, response: ServerResponse) => void;
  const requests: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      handle(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests.length = 0;
    handle = async (request, response) => {
      const name = decodeURIComponent(new URL(request.url ?? '/', origin).pathname).slice(1);
      try {
        response.end(await readFile(path(name)));
      } catch {
        response.writeHead(404).end();
      }
    };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('plain TensorFlow.js reads what is saved', async () => {
    await saveModel(model, folder);
    const copy = await loadLayersModel(`${origin}/model.json`, { fetchFunc: fetch });
    expect(readCard(copy)).toEqual(card);
    await expectSame(copy);
  });

  test('models are loaded from a file or a folder address, with its query', async () => {
    await saveModel(model, path('my models'));
    const saved = await saveModel(model, path('net.safetensors'));
    await expectSame(await loadModel(`${origin}/my%20models/model.json?key=1`));
    expect(requests).toHaveLength(2);
    for (const request of requests) expect(request).toMatch(/^GET \/my%20models\/.*\?key=1$/);
    await expectSame(await loadModel(`${origin}/my models`));
    await expectSame(await loadModel(new URL(`${origin}/net.safetensors`), { sha256: saved.sha256 }));
    await saveModel(model, path('only'), { format: 'safetensors' });
    await expectSame(await loadModel(`${origin}/only/`));
    expect(await failure(loadModel(`${origin}/none/`))).toMatchObject({ code: 'missing-file' });
    expect(await failure(loadModel('http://'))).toMatchObject({ code: 'invalid-argument' });
  });

  test('a server that errs, stalls, sends too much or breaks off is reported', async () => {
    handle = (_, response) => response.writeHead(503).end('busy');
    expect(await failure(loadModel(`${origin}/x.safetensors`))).toMatchObject({ code: 'network' });

    handle = (_, response) => response.write('x');
    expect(await failure(loadModel(`${origin}/x.safetensors`, { timeout: 50 }))).toMatchObject({ code: 'network' });
    handle = () => {};
    expect(await failure(loadModel(`${origin}/x.safetensors`, { timeout: 50 }))).toMatchObject({ code: 'network' });

    handle = (_, response) => response.writeHead(200, { 'content-length': '1000000' }).write('x');
    expect(await failure(loadModel(`${origin}/x.safetensors`, { maxBytes: 1000 }))).toMatchObject({
      code: 'corrupt-file',
    });
    handle = (_, response) => response.write('x'.repeat(100_000));
    expect(await failure(loadModel(`${origin}/x.safetensors`, { maxBytes: 1000 }))).toMatchObject({
      code: 'corrupt-file',
    });

    handle = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('x', () => response.destroy());
    };
    expect(await failure(loadModel(`${origin}/x.safetensors`))).toMatchObject({ code: 'network' });
    expect(await failure(loadModel('http://127.0.0.1:9/x.safetensors'))).toMatchObject({ code: 'network' });
  });

  test('a caller can stop a transfer', async () => {
    const control = new AbortController();
    handle = () => control.abort();
    expect(await failure(loadModel(`${origin}/x.safetensors`, { signal: control.signal }))).toMatchObject({
      code: 'aborted',
    });
    expect(await failure(loadModel(`${origin}/x.safetensors`, { signal: control.signal }))).toMatchObject({
      code: 'aborted',
    });
  });

  test('models are saved by PUT and by multipart POST', async () => {
    let body = Buffer.alloc(0);
    handle = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      body = Buffer.concat(chunks);
      response.end();
    };
    await saveModel(model, `${origin}/up/net.safetensors`, { requestInit: { headers: { authorization: 'me' } } });
    expect(requests).toEqual(['PUT /up/net.safetensors']);
    await expectSame(await loadModel(new Uint8Array(body)));

    await saveModel(model, `${origin}/up/net`);
    expect(requests[1]).toBe('POST /up/net');
    expect(body.includes('name="model.json"')).toBe(true);
    expect(body.includes('name="model.weights.bin"')).toBe(true);

    handle = (_, response) => response.writeHead(507).end();
    expect(await failure(saveModel(model, `${origin}/up/net`))).toMatchObject({ code: 'network' });
    expect(await failure(saveModel(model, `${origin}/up/net.safetensors`))).toMatchObject({ code: 'network' });
  });
});

test('a model that was disposed cannot be saved', async () => {
  const gone = sampleModel();
  gone.dispose();
  expect(await failure(saveModel(gone, path('gone')))).toMatchObject({ code: 'invalid-argument' });
  expect(await readdir(folder)).toEqual([]);
});

test('metadata of any length comes back', async () => {
  const small = sampleModel();
  small.setUserDefinedMetadata({ log: 'x'.repeat(200_000) });
  const copy = await loadModel(await modelToBytes(small), { onWarning: () => {} });
  expect(copy.getUserDefinedMetadata()).toEqual(small.getUserDefinedMetadata());
  small.dispose();
  copy.dispose();
});

test('storages that are not here are said', async () => {
  expect(await failure(loadModel('indexeddb://x'))).toMatchObject({ code: 'unavailable' });
  expect(await failure(saveModel(model, 'indexeddb://x', { format: 'safetensors' }))).toMatchObject({
    code: 'unavailable',
  });
  expect(await failure(saveModel(model, 'downloads://x', { format: 'safetensors' }))).toMatchObject({
    code: 'unavailable',
  });
  expect(await failure(saveModel(model, 'localstorage://x', { format: 'safetensors' }))).toMatchObject({
    code: 'invalid-argument',
  });
  expect(await failure(saveModel(model, 'ftp://x/y'))).toMatchObject({ code: 'unavailable' });
});
