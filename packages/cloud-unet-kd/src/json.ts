import { LulcError } from '@lulc/core';

/** An object of a JSON file, read field by field; every complaint names the file and the field. */
export interface JsonRecord {
  /** Whether the field is there and not null. */
  has(field: string): boolean;
  /** A finite number. */
  number(field: string): number;
  /** A text. */
  text(field: string): string;
  /** True or false. */
  flag(field: string): boolean;
  /** An object. */
  record(field: string): JsonRecord;
  /** A list of objects. */
  records(field: string): readonly JsonRecord[];
  /** A list, as it is. */
  list(field: string): readonly unknown[];
  /** A list of finite numbers. */
  numbers(field: string): readonly number[];
  /** A list of lists of finite numbers. */
  rows(field: string): readonly (readonly number[])[];
  /** A list of texts. */
  texts(field: string): readonly string[];
  /** Field names. */
  readonly fields: readonly string[];
  /** The object. */
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Reads the text of a JSON file that holds an object.
 *
 * @param text of the file
 * @param file its name, for complaints
 * @throws LulcError `corrupt-file`
 */
export function readJson(text: string, file: string): JsonRecord {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new LulcError('corrupt-file', 'not a JSON file', { where: { file }, cause });
  }
  return recordOf(content, file, '');
}

function recordOf(content: unknown, file: string, path: string): JsonRecord {
  const complain = (field: string, wanted: string): never => {
    const where = [path, field].filter((part) => part !== '').join('.');
    throw new LulcError('corrupt-file', `${wanted} is expected`, { where: { file, field: where } });
  };
  if (!isObject(content)) return complain('', 'an object');
  const read = <T>(field: string, wanted: string, isIt: (value: unknown) => value is T): T => {
    const value = Object.hasOwn(content, field) ? content[field] : undefined;
    return isIt(value) ? value : complain(field, wanted);
  };
  return {
    has: (field) => Object.hasOwn(content, field) && content[field] !== null,
    number: (field) => read(field, 'a number', isNumber),
    text: (field) => read(field, 'a text', isText),
    flag: (field) => read(field, 'true or false', (value) => typeof value === 'boolean'),
    record: (field) => recordOf(read(field, 'an object', isObject), file, [path, field].filter(Boolean).join('.')),
    records: (field) =>
      read(field, 'a list of objects', isListOf(isObject)).map((item, i) =>
        recordOf(item, file, [path, field, i].filter((part) => part !== '').join('.')),
      ),
    list: (field) => read(field, 'a list', Array.isArray),
    numbers: (field) => read(field, 'a list of numbers', isListOf(isNumber)),
    rows: (field) => read(field, 'a list of lists of numbers', isListOf(isListOf(isNumber))),
    texts: (field) => read(field, 'a list of texts', isListOf(isText)),
    fields: Object.keys(content),
    value: content,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isText = (value: unknown): value is string => typeof value === 'string';

const isListOf =
  <T>(isItem: (value: unknown) => value is T) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.every(isItem);
