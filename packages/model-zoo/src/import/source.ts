import {
  isLulcError,
  LulcError,
  type LulcErrorWhere,
  type ReadFileOptions,
  readFile,
  readSafetensors,
  type WeightArray,
} from '@lulc/core';
import { type CheckpointFiles, readCheckpoint } from './checkpoint/readCheckpoint.js';
import { isTable } from './checkpoint/table.js';
import type { ForeignWeights } from './foreign.js';
import { isH5 } from './h5/h5File.js';
import { readKerasH5 } from './h5/readKerasH5.js';

/**
 * Where the weights of another tool are: a path or address (of a `.safetensors` or `.h5` file, or the prefix or `.index` file
 * of a TensorFlow checkpoint), the bytes of a `.safetensors` or `.h5` file, the files of a checkpoint, or arrays by name.
 */
export type ForeignSource = string | URL | Uint8Array | CheckpointFiles | ReadonlyMap<string, WeightArray>;

/** Kinds of files with weights. */
export type ForeignFormat = 'safetensors' | 'h5' | 'checkpoint' | 'arrays';

/** Weights with the kind of file they come from. */
export interface OpenedSource extends ForeignWeights {
  readonly format: ForeignFormat;
}

/** @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file` and what {@link readFile} throws */
export async function openSource(source: ForeignSource, options: ReadFileOptions = {}): Promise<OpenedSource> {
  if (source instanceof Uint8Array) return openBytes(source, { file: `${source.byteLength} bytes in memory` });
  if (typeof source === 'string' || source instanceof URL) return openPlace(String(source), options);
  if ('index' in source) return { format: 'checkpoint', ...(await readCheckpoint(source)) };
  return { format: 'arrays', tensors: source };
}

async function openPlace(place: string, options: ReadFileOptions): Promise<OpenedSource> {
  const where = { file: place };
  const [, path, query = ''] = /^([^?#]*)(.*)$/s.exec(place) as RegExpExecArray;
  if (!path.endsWith('.index')) {
    try {
      return openBytes(await readFile(place, options), where);
    } catch (error) {
      // The prefix of a checkpoint is not a file itself.
      if (!isLulcError(error, 'missing-file') || /\.(safetensors|h5|hdf5|keras)$/.test(path)) throw error;
    }
  }
  const prefix = path.replace(/\.index$/, '');
  const digits = (number: number) => String(number).padStart(5, '0');
  const index = await readFile(`${prefix}.index${query}`, options);
  const data = (shard: number, shards: number) =>
    readFile(`${prefix}.data-${digits(shard)}-of-${digits(shards)}${query}`, options);
  return { format: 'checkpoint', ...(await readCheckpoint({ index, data }, where)) };
}

/** What files of other kinds begin with, and what to do about them. */
const otherKinds: readonly (readonly [begins: readonly number[], what: string, hint: string])[] = [
  [
    [0x50, 0x4b],
    'a zip file',
    "Save Keras models with model.save_weights('name.weights.h5'), PyTorch's with safetensors.torch.save_file(model.state_dict(), 'name.safetensors').",
  ],
  [
    [0x80, 0x02],
    'a pickle of Python, which can run code',
    "Save it with safetensors.torch.save_file(model.state_dict(), 'name.safetensors').",
  ],
];

function openBytes(bytes: Uint8Array, where: LulcErrorWhere): OpenedSource {
  if (isH5(bytes)) return { format: 'h5', ...readKerasH5(bytes, where) };
  const other = otherKinds.find(([begins]) => begins.every((byte, i) => bytes[i] === byte));
  if (other !== undefined && bytes[8] !== 0x7b) {
    throw new LulcError('unsupported-file', `this is ${other[1]}`, { where, hint: other[2] });
  }
  if (isTable(bytes)) {
    throw new LulcError('unsupported-file', 'this is the index of a checkpoint, without its data', {
      where,
      hint: 'Give the path of the checkpoint, or its files: { index, data }.',
    });
  }
  return { format: 'safetensors', tensors: readSafetensors(bytes, where).tensors };
}
