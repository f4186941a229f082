import { type ImageArray, LulcError, readSafetensors, writeSafetensors } from '@lulc/core';
import type { SoftTargetFile } from '@lulc/core/segmentation';

/** What a teacher says of a sample. */
export interface TeacherMap {
  /** Which teacher: its fingerprint. */
  readonly teacher: string;
  /**
   * float32 `[height, width, channels]` of the sample's size: one channel for two classes (logit of class 1 minus that of class
   * 0), else the logits; all channels exactly 0 where it says nothing.
   */
  readonly map: ImageArray;
}

/**
 * Where teacher maps are kept, by the samples' ids, in half precision: 512 KiB for a chip of 512×512 pixels and two classes. A
 * map is there whole or not at all.
 */
export interface TeacherMaps {
  /** Human-readable place, for messages. */
  readonly location: string;
  /**
   * Whose the map of a sample is.
   *
   * @param id of the sample
   * @returns the teacher's fingerprint; `undefined` when there is no map
   * @throws LulcError `corrupt-file` when it cannot be told
   */
  teacherOf(id: string): Promise<string | undefined>;
  /**
   * Keeps a map, durably and atomically; replaces an earlier one.
   *
   * @param id of the sample
   * @param map what its teacher says
   */
  save(id: string, map: TeacherMap): Promise<void>;
  /**
   * @param id of the sample
   * @throws LulcError `missing-file`, or `corrupt-file`
   */
  load(id: string): Promise<TeacherMap>;
  /**
   * The file that holds a map, for threads that read it themselves. Absent when maps are in no files.
   *
   * @param id of the sample
   * @throws LulcError `missing-file`, or `corrupt-file`
   */
  file?(id: string): SoftTargetFile;
}

const tensorName = 'soft';

/**
 * A map as a file: safetensors with one half-precision tensor `soft`, and id and teacher as metadata.
 *
 * @param id of the sample
 * @param map what its teacher says
 */
export function encodeTeacherMap(id: string, { teacher, map }: TeacherMap): Uint8Array {
  const data = Float32Array.from(map.data);
  const tensors = new Map([[tensorName, { dtype: 'float32', shape: map.shape, data } as const]]);
  return writeSafetensors(tensors, { id, teacher }, 'float16');
}

/**
 * Reads what {@link encodeTeacherMap} wrote.
 *
 * @param bytes the file
 * @param id of the sample
 * @param where for messages
 * @throws LulcError `corrupt-file`
 */
export function decodeTeacherMap(bytes: Uint8Array, id: string, where: Readonly<Record<string, string>>): TeacherMap {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const soft = tensors.get(tensorName);
  if (soft?.dtype !== 'float32' || soft.shape.length !== 3 || metadata.id !== id || metadata.teacher === undefined) {
    throw new LulcError('corrupt-file', `this is not the teacher's map of '${id}'`, { where });
  }
  const [height, width, channels] = soft.shape;
  return { teacher: metadata.teacher, map: { data: soft.data as Float32Array, shape: [height, width, channels] } };
}

/**
 * Teacher maps in the memory of this process.
 *
 * @returns an empty store
 */
export function memoryTeacherMaps(): TeacherMaps {
  const maps = new Map<string, { readonly teacher: string; readonly bytes: Uint8Array }>();
  const location = 'memory';
  return {
    location,
    teacherOf: async (id) => maps.get(id)?.teacher,
    save: async (id, map) => {
      maps.set(id, { teacher: map.teacher, bytes: encodeTeacherMap(id, map) });
    },
    load: async (id) => {
      const kept = maps.get(id);
      if (kept === undefined) throw noTeacherMap(id, location);
      return decodeTeacherMap(kept.bytes, id, { maps: location, sample: id });
    },
  };
}

/**
 * For a sample without a map.
 *
 * @param id of the sample
 * @param location of the maps
 */
export const noTeacherMap = (id: string, location: string): LulcError =>
  new LulcError('missing-file', 'there is no teacher map of a sample', {
    where: { maps: location, sample: id },
    hint: 'Let cacheTeacherMaps make the maps of the whole dataset first.',
  });
