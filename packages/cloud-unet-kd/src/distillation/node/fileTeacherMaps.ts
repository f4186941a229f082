import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LulcError } from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import type { SoftTargetFile } from '@lulc/core/segmentation';
import { decodeTeacherMap, encodeTeacherMap, noTeacherMap, type TeacherMaps } from '../teacherMaps.js';

/** More than any header of a map takes. */
const headBytes = 64 * 1024;

/**
 * Teacher maps as files `<id>.safetensors` of a folder of their own, each with one half-precision tensor `soft`, which Python's
 * safetensors read as well. A file is written beside its place, flushed to disk and renamed, so that an interrupted run goes on
 * with the maps that it had. Worker threads of loaders read the files themselves.
 *
 * @param folder is made when the first map is written
 * @throws LulcError (from its functions) `missing-file`, `corrupt-file`; the file system's own errors for what cannot be read or
 *   written
 * @example
 * ```ts
 * // not run: needs chips and networks
 * import { cacheTeacherMaps, outOfFold, type Split, withSoftTargets } from '@lulc/cloud-unet-kd';
 * import { fileTeacherMaps } from '@lulc/cloud-unet-kd/node';
 * import type { Normalization } from '@lulc/core';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function ask(dataset: SegmentationDataset, networks: LayersModel[], splits: Split[], normalization: Normalization) {
 *   const store = fileTeacherMaps('runs/teacher-maps');
 *   await cacheTeacherMaps({ dataset, networks, foldOf: outOfFold(splits), normalization, store });
 *   return withSoftTargets(dataset, store);
 * }
 * ```
 */
export function fileTeacherMaps(folder: string): TeacherMaps {
  const location = path.resolve(folder);
  // `*` is the one character of the others that Windows does not allow.
  const pathOf = (id: string) => path.join(location, `${encodeURIComponent(id).replaceAll('*', '%2A')}.safetensors`);
  const heads = new Map<string, MapHead>();
  const headOf = (id: string): MapHead | undefined => {
    const known = heads.get(id);
    if (known !== undefined) return known;
    const head = readHead(pathOf(id), id);
    if (head !== undefined) heads.set(id, head);
    return head;
  };
  return {
    location,
    teacherOf: async (id) => headOf(id)?.teacher,
    save: async (id, map) => {
      await writeAtomically(pathOf(id), encodeTeacherMap(id, map));
      heads.delete(id);
    },
    load: async (id) => {
      const file = pathOf(id);
      const bytes = await readFile(file).catch((error) => {
        throw error.code === 'ENOENT' ? noTeacherMap(id, location) : error;
      });
      return decodeTeacherMap(bytes, id, { file });
    },
    file: (id) => {
      const head = headOf(id);
      if (head === undefined) throw noTeacherMap(id, location);
      return head.file;
    },
  };
}

/** What the beginning of a file says. */
interface MapHead {
  readonly teacher: string;
  readonly file: SoftTargetFile;
}

/** Reads no more of a file than its header; nothing when there is none. */
function readHead(file: string, id: string): MapHead | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(headBytes);
    const read = readSync(descriptor, bytes, 0, headBytes, 0);
    const head = parseHead(bytes.subarray(0, read), fstatSync(descriptor).size, id);
    if (head === undefined) {
      throw new LulcError('corrupt-file', `this is not the teacher's map of '${id}'`, { where: { file } });
    }
    const { teacher, offset, shape } = head;
    return { teacher, file: { path: file, offset, type: 'float16', shape } };
  } finally {
    closeSync(descriptor);
  }
}

/** The header of a map of so many bytes; nothing when it is none, or not whole. */
function parseHead(bytes: Buffer, size: number, id: string) {
  const length = bytes.length < 8 ? headBytes : Number(bytes.readBigUInt64LE());
  const offset = 8 + length;
  if (offset > bytes.length) return undefined;
  let header: {
    readonly __metadata__?: Readonly<Record<string, unknown>>;
    readonly soft?: { readonly dtype?: unknown; readonly shape?: unknown };
  };
  try {
    header = JSON.parse(bytes.toString('utf8', 8, offset));
  } catch {
    return undefined;
  }
  const { teacher, id: stored } = header.__metadata__ ?? {};
  const { dtype, shape } = header.soft ?? {};
  const isShape =
    Array.isArray(shape) && shape.length === 3 && shape.every((side) => Number.isInteger(side) && side > 0);
  if (!isShape || dtype !== 'F16' || typeof teacher !== 'string' || stored !== id) return undefined;
  const [height, width, channels] = shape as number[];
  if (offset + 2 * height * width * channels !== size) return undefined;
  return { teacher, offset, shape: [height, width, channels] as const };
}
