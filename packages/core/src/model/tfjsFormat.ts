import type { io } from '@tensorflow/tfjs-core';
import { LulcError, type LulcErrorWhere } from '../errors/lulcError.js';
import { checkFileName, type FileStore, type NewFile } from './fileStore.js';
import type { Quantization } from './formats.js';
import { fromFloat16, toFloat16 } from './half.js';
import { type JsonReaders, jsonReaders, parseJson } from './json.js';
import type { ByteBudget, ModelParts } from './modelParts.js';
import { isWorthQuantizing, quantizeAffine } from './quantize.js';
import { checkSha256, sha256, sizeOf, type WeightArray } from './weightArray.js';

/** Name of the main file. */
export const tfjsMainFile = 'model.json';

/** Bytes per weight file. Larger models get several, which keeps each within what servers and browsers handle well. */
const shardBytes = 64 * 2 ** 20;
const maximumJson = 64 * 2 ** 20;
const shardName = /^weights-[0-9a-f]{16}\.bin$/;

/** One group of the manifest; `sha256` is this library's addition, which TensorFlow.js ignores. */
interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly io.WeightsManifestEntry[];
  readonly sha256?: readonly string[] | undefined;
}

/**
 * The files of a model in the layout of TensorFlow.js. Weight files are named by their content, so that writing a model
 * never touches the weights of the one it replaces.
 */
export async function encodeTfjs(artifacts: Artifacts): Promise<{ main: NewFile; others: NewFile[] }> {
  const { modelTopology, weightSpecs, weightData, ...rest } = artifacts;
  const others: NewFile[] = [];
  const hashes: string[] = [];
  for (let begin = 0; begin < weightData.byteLength; begin += shardBytes) {
    const bytes = new Uint8Array(weightData, begin, Math.min(shardBytes, weightData.byteLength - begin));
    const hash = await sha256(bytes);
    if (hash !== undefined) hashes.push(hash);
    others.push({ name: `weights-${(hash ?? randomName()).slice(0, 16)}.bin`, bytes });
  }
  const group: ManifestGroup = {
    paths: others.map(({ name }) => name),
    weights: weightSpecs,
    sha256: hashes.length > 0 ? hashes : undefined,
  };
  const json = JSON.stringify({ modelTopology, ...rest, weightsManifest: [group] });
  return { main: { name: tfjsMainFile, bytes: new TextEncoder().encode(json) }, others };
}

/** Reads a model in the layout of TensorFlow.js, quantised weights included. */
export async function decodeTfjs(
  store: FileStore,
  name: string,
  budget: ByteBudget,
  expectedSha256: string | undefined,
): Promise<ModelParts> {
  const read = async (file: string, limit = budget.left) => {
    const bytes = await store.read(file, Math.min(limit, budget.left));
    budget.left -= bytes.byteLength;
    return bytes;
  };
  const json = await read(name, maximumJson);
  const where = { file: name, in: store.location };
  await checkSha256(json, expectedSha256, where, true);
  const { manifest, ...parts } = parseModelJson(json, where);
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const tensors = new Map<string, WeightArray>();
  for (const group of manifest) {
    const shards: Uint8Array<ArrayBuffer>[] = [];
    for (const [index, path] of group.paths.entries()) {
      const file = folder + checkFileName(path, store.location);
      const shard = await read(file);
      await checkSha256(shard, group.sha256?.[index], { file, in: store.location }, false);
      shards.push(shard);
    }
    decodeWeights(group.weights, join(shards), where, tensors);
  }
  return { ...parts, tensors };
}

/** Weight files of the model in a store that this library wrote: what a new model makes superfluous. */
export async function ownWeightFiles(store: FileStore, name: string): Promise<string[]> {
  try {
    const json = await store.read(name, maximumJson);
    const where = { in: store.location };
    const read = jsonReaders('model.json', where);
    const manifest = readManifest(read, read.record(parseJson(json, 'model.json', where), 'model.json'));
    return manifest.flatMap(({ paths }) => paths).filter((path) => shardName.test(path));
  } catch {
    // No earlier model, or none that can be understood: nothing to clear away.
    return [];
  }
}

/** A model as TensorFlow.js' own storage handlers take it. */
export type Artifacts = io.ModelArtifacts & {
  readonly weightSpecs: io.WeightsManifestEntry[];
  readonly weightData: ArrayBuffer;
};

/** A layers model as TensorFlow.js' own storage handlers take it, with kernels in fewer bits when `quantize`. */
export function toArtifacts({ topology, metadata, tensors }: ModelParts, quantize?: Quantization): Artifacts {
  return {
    modelTopology: topology as object,
    format: 'layers-model',
    generatedBy: '@lulc/core',
    convertedBy: null,
    userDefinedMetadata: metadata as Record<string, object>,
    ...encodeWeights(tensors, (path) => (path.endsWith('kernel') ? quantize : undefined)),
  };
}

/**
 * Weights one after the other, and what lies where.
 *
 * @param quantization in how many bits a weight, if it is large, shall be stored
 */
export function encodeWeights(
  tensors: ReadonlyMap<string, WeightArray>,
  quantization: (name: string) => Quantization | undefined,
): Pick<Artifacts, 'weightSpecs' | 'weightData'> {
  const stored = [...tensors].map(([name, array]) => {
    const quantize = isWorthQuantizing(array.shape) ? quantization(name) : undefined;
    const { data, ...fields } = encodeArray(array, quantize);
    return { spec: { name, shape: [...array.shape], dtype: array.dtype, ...fields }, data };
  });
  const weightData = new Uint8Array(stored.reduce((total, { data }) => total + data.byteLength, 0));
  let offset = 0;
  for (const { data } of stored) {
    weightData.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return { weightSpecs: stored.map(({ spec }) => spec), weightData: weightData.buffer };
}

function encodeArray(
  { dtype, data }: WeightArray,
  quantize: Quantization | undefined,
): { readonly data: ArrayBufferView; readonly quantization?: io.WeightsManifestEntry['quantization'] } {
  if (quantize === undefined || dtype !== 'float32') return { data };
  if (quantize === 'float16') {
    return { data: Uint16Array.from(data, toFloat16), quantization: { dtype: 'float16' } };
  }
  const { quanta, scale, min } = quantizeAffine(data as Float32Array);
  return { data: quanta, quantization: { dtype: 'uint8', scale, min } };
}

/** A model from TensorFlow.js' own storage handlers. */
export function fromArtifacts(artifacts: io.ModelArtifacts, where: LulcErrorWhere): ModelParts {
  const read = jsonReaders('stored model', where);
  const weights = weightSpecs(read)(artifacts.weightSpecs ?? [], 'weightSpecs');
  const data = [artifacts.weightData ?? []].flat().map((buffer) => new Uint8Array(buffer));
  const tensors = decodeWeights(weights, join(data), where, new Map());
  return {
    topology: artifacts.modelTopology,
    metadata: read.optional(read.record)(artifacts.userDefinedMetadata, 'userDefinedMetadata') ?? {},
    tensors,
  };
}

function parseModelJson(json: Uint8Array, where: LulcErrorWhere) {
  const read = jsonReaders('model.json', where);
  const fields = read.record(parseJson(json, 'model.json', where), 'model.json');
  if (fields.format === 'graph-model') {
    throw new LulcError('unsupported-file', 'this is a TensorFlow.js graph model, not a layers model', {
      where,
      hint: 'Load it with tf.loadGraphModel from @tensorflow/tfjs-converter.',
    });
  }
  return {
    topology: fields.modelTopology,
    metadata: read.optional(read.record)(fields.userDefinedMetadata, 'userDefinedMetadata') ?? {},
    manifest: readManifest(read, fields),
  };
}

function readManifest(read: JsonReaders, fields: Readonly<Record<string, unknown>>): ManifestGroup[] {
  const group = (value: unknown, path: string): ManifestGroup => {
    const entry = read.record(value, path);
    return {
      paths: read.list(read.text(), 100_000)(entry.paths, `${path}.paths`),
      weights: weightSpecs(read)(entry.weights, `${path}.weights`),
      sha256: read.optional(read.list(read.text(64), 100_000))(entry.sha256, `${path}.sha256`),
    };
  };
  return read.list(group, 10_000)(fields.weightsManifest, 'weightsManifest');
}

const dtypes = ['float32', 'int32', 'bool'] as const;
const quantizedTypes = { uint8: Uint8Array, uint16: Uint16Array, float16: Uint16Array } as const;

function weightSpecs(read: JsonReaders) {
  const dtype = (value: unknown, path: string) => {
    if (value === 'string' || value === 'complex64') read.fail(path, `one of ${dtypes.join(', ')}`);
    return read.oneOf(dtypes)(value, path);
  };
  return read.list((value, path): io.WeightsManifestEntry => {
    const spec = read.record(value, path);
    const entry: io.WeightsManifestEntry = {
      name: read.text()(spec.name, `${path}.name`),
      shape: read.list(read.count, 32)(spec.shape, `${path}.shape`),
      dtype: dtype(spec.dtype, `${path}.dtype`),
    };
    if (spec.group === 'optimizer') entry.group = 'optimizer';
    if (spec.quantization !== undefined) {
      const quantization = read.record(spec.quantization, `${path}.quantization`);
      entry.quantization = {
        dtype: read.oneOf(['uint8', 'uint16', 'float16'] as const)(quantization.dtype, `${path}.quantization.dtype`),
        scale: read.optional(read.finite)(quantization.scale, `${path}.quantization.scale`),
        min: read.optional(read.finite)(quantization.min, `${path}.quantization.min`),
      };
    }
    return entry;
  }, 100_000);
}

/** Cuts the bytes of one group into arrays; they must be used up exactly. Optimiser state is passed over. */
function decodeWeights(
  specs: readonly io.WeightsManifestEntry[],
  bytes: Uint8Array<ArrayBuffer>,
  where: LulcErrorWhere,
  into: Map<string, WeightArray>,
): Map<string, WeightArray> {
  let offset = 0;
  for (const { name, shape, dtype, quantization, group } of specs) {
    const count = sizeOf(shape);
    const size = quantization ? quantizedTypes[quantization.dtype].BYTES_PER_ELEMENT : dtype === 'bool' ? 1 : 4;
    const end = offset + count * size;
    if (!(end <= bytes.byteLength)) {
      throw new LulcError('corrupt-file', `the weight files end within '${name}' [${shape}]`, {
        where: { ...where, bytes: bytes.byteLength },
      });
    }
    if (into.has(name)) throw new LulcError('corrupt-file', `the weight '${name}' occurs twice`, { where });
    if (group !== 'optimizer') {
      const buffer = bytes.slice(offset, end).buffer;
      into.set(name, {
        dtype: dtype as WeightArray['dtype'],
        shape,
        data: quantization
          ? dequantize(buffer, quantization, dtype)
          : new arrayTypes[dtype as WeightArray['dtype']](buffer),
      });
    }
    offset = end;
  }
  if (offset !== bytes.byteLength) {
    throw new LulcError('corrupt-file', `${bytes.byteLength - offset} bytes are left over after the last weight`, {
      where,
    });
  }
  return into;
}

const arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function dequantize(
  buffer: ArrayBuffer,
  { dtype, scale = 1, min = 0 }: NonNullable<io.WeightsManifestEntry['quantization']>,
  target: string,
): Float32Array | Int32Array {
  const stored = new quantizedTypes[dtype](buffer);
  const value = dtype === 'float16' ? fromFloat16 : (quantum: number) => quantum * scale + min;
  return target === 'int32'
    ? Int32Array.from(stored, (quantum) => Math.round(value(quantum)))
    : Float32Array.from(stored, value);
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((total, { byteLength }) => total + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

function randomName(): string {
  return Array.from({ length: 16 }, () => Math.floor(Math.random() * 16).toString(16)).join('');
}
