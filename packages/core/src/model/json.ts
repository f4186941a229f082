import { LulcError, type LulcErrorWhere } from '../errors/lulcError.js';

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Reads one value of a hostile JSON tree; `path` says where it stands. */
export type Reader<T> = (value: unknown, path: string) => T;

/** Readers that check type and size of values from outside; each throws a {@link LulcError} that names the path. */
export interface JsonReaders {
  fail(path: string, expected: string): never;
  record: Reader<Readonly<Record<string, unknown>>>;
  text(limit?: number): Reader<string>;
  finite: Reader<number>;
  /** An integer from 0 to 2^53 − 1. */
  count: Reader<number>;
  flag: Reader<boolean>;
  oneOf<T extends string>(values: readonly T[]): Reader<T>;
  list<T>(item: Reader<T>, limit: number): Reader<T[]>;
  optional<T>(reader: Reader<T>): Reader<T | undefined>;
  map<T>(item: Reader<T>, limit: number): Reader<Record<string, T>>;
  /** Any JSON value of bounded depth and size. */
  json(limit: number): Reader<JsonValue>;
}

const maximumDepth = 32;
/** Longer than any text of a model file can be, which is bounded as a whole. */
const maximumText = 2 ** 26;

/**
 * Readers whose errors have one code and name one place.
 *
 * @param what the thing read, e.g. `'model card'`
 */
export function jsonReaders(what: string, where: LulcErrorWhere = {}, hint?: string): JsonReaders {
  const fail = (path: string, expected: string): never => {
    throw new LulcError('corrupt-file', `the ${what} is not valid: ${path} must be ${expected}`, { where, hint });
  };
  const record: Reader<Readonly<Record<string, unknown>>> = (value, path) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : fail(path, 'an object');
  const text =
    (limit = 4096): Reader<string> =>
    (value, path) =>
      typeof value === 'string' && value.length <= limit ? value : fail(path, `text of at most ${limit} characters`);
  const list =
    <T>(item: Reader<T>, limit: number): Reader<T[]> =>
    (value, path) =>
      Array.isArray(value) && value.length <= limit
        ? value.map((entry, index) => item(entry, `${path}[${index}]`))
        : fail(path, `a list of at most ${limit} entries`);
  const map =
    <T>(item: Reader<T>, limit: number): Reader<Record<string, T>> =>
    (value, path) => {
      const entries = Object.entries(record(value, path)).filter(([, entry]) => entry !== undefined);
      if (entries.length > limit) fail(path, `an object of at most ${limit} entries`);
      return Object.fromEntries(entries.map(([key, entry]) => [key, item(entry, `${path}.${key}`)]));
    };
  const json = (limit: number): Reader<JsonValue> => {
    let left = limit;
    const read = (value: unknown, path: string, depth: number): JsonValue => {
      if (depth > maximumDepth) fail(path, `nested at most ${maximumDepth} deep`);
      if (--left < 0) fail(path, `smaller (${limit} values at most)`);
      if (value === null || typeof value === 'boolean') return value;
      if (typeof value === 'number') return Number.isFinite(value) ? value : fail(path, 'a finite number');
      if (typeof value === 'string') return text(maximumText)(value, path);
      if (Array.isArray(value)) return value.map((entry, index) => read(entry, `${path}[${index}]`, depth + 1));
      const entries = Object.entries(record(value, path)).filter(([, entry]) => entry !== undefined);
      return Object.fromEntries(entries.map(([key, entry]) => [key, read(entry, `${path}.${key}`, depth + 1)]));
    };
    return (value, path) => read(value, path, 0);
  };
  return {
    fail,
    record,
    text,
    finite: (value, path) =>
      typeof value === 'number' && Number.isFinite(value) ? value : fail(path, 'a finite number'),
    count: (value, path) =>
      Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : fail(path, 'a whole number from 0'),
    flag: (value, path) => (typeof value === 'boolean' ? value : fail(path, 'true or false')),
    oneOf: (values) => (value, path) =>
      values.find((candidate) => candidate === value) ?? fail(path, `one of ${values.join(', ')}`),
    list,
    optional: (reader) => (value, path) => (value === undefined || value === null ? undefined : reader(value, path)),
    map,
    json,
  };
}

/**
 * UTF-8 bytes as a JSON value.
 *
 * @throws LulcError `corrupt-file` when they are not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array, what: string, where: LulcErrorWhere): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LulcError('corrupt-file', `the ${what} is not JSON text`, { where, cause });
  }
}
