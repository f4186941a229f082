import { LulcError } from '@lulc/core';

/** Order of the values in an ENVI file: band by band, or the bands of a row, or of a pixel, one after the other. */
export type Interleave = 'bsq' | 'bil' | 'bip';

/** What the header of an ENVI file says. */
export interface EnviHeader {
  /** `[height, width, bands]`. */
  readonly shape: readonly [number, number, number];
  /** Number type, as ENVI counts them. */
  readonly type: keyof typeof enviTypes;
  /** Order of the values. */
  readonly interleave: Interleave;
  /** Whether the low byte of a value comes first. */
  readonly littleEndian: boolean;
  /** Bytes before the values. */
  readonly offset: number;
  /** Value that means "no data". */
  readonly nodata: number | undefined;
}

/** ENVI's number types that are read, with how a value is taken from its bytes. */
export const enviTypes = {
  1: { Values: Uint8Array, get: (view: DataView, at: number) => view.getUint8(at) },
  2: { Values: Int16Array, get: (view: DataView, at: number, little: boolean) => view.getInt16(at, little) },
  4: { Values: Float32Array, get: (view: DataView, at: number, little: boolean) => view.getFloat32(at, little) },
  12: { Values: Uint16Array, get: (view: DataView, at: number, little: boolean) => view.getUint16(at, little) },
} as const;

/** Largest height and width, and most bands, that a header is believed to mean. */
const limits = { lines: 1 << 20, samples: 1 << 20, bands: 4096 } as const;

/**
 * Reads the text of an ENVI header: `ENVI`, then a `key = value` per line, where values in braces may go over several lines.
 *
 * @param text the header
 * @param file its name, for errors
 * @throws LulcError `corrupt-file` (no header, fields that are missing or absurd), `unsupported-file` (number type, interleave)
 */
export function parseEnviHeader(text: string, file: string): EnviHeader {
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  const [first, ...rest] = text.split(/\r?\n/);
  if (first.trim() !== 'ENVI') throw corrupt('does not begin as the header of an ENVI file');
  const fields = fieldsOf(rest.join('\n'));
  const whole = (key: string, least: number, most: number, usual?: number): number => {
    const value = fields.get(key);
    if (value === undefined && usual !== undefined) return usual;
    const number = value === undefined || value === '' ? Number.NaN : Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw corrupt(`'${key}' is ${value ?? 'missing'}`);
  };
  const shape = [
    whole('lines', 1, limits.lines),
    whole('samples', 1, limits.samples),
    whole('bands', 1, limits.bands, 1),
  ] as const;
  const type = whole('data type', 1, 99);
  const interleave = (fields.get('interleave') ?? 'bsq').toLowerCase();
  if (!(type in enviTypes) || !['bsq', 'bil', 'bip'].includes(interleave)) {
    throw new LulcError('unsupported-file', `data type ${type}, interleave ${interleave}`, {
      where: { file },
      hint: 'Read are data types 1 (8 bit), 2 and 12 (16 bit), 4 (32 bit floating); interleave bsq, bil, bip.',
    });
  }
  const ignored = fields.get('data ignore value');
  return {
    shape,
    type: type as EnviHeader['type'],
    interleave: interleave as Interleave,
    littleEndian: whole('byte order', 0, 1, 0) === 0,
    offset: whole('header offset', 0, 1 << 30, 0),
    nodata: ignored === undefined ? undefined : Number(ignored),
  };
}

/** The fields by name, in lower case and with single spaces. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, key, braced, plain] of text.matchAll(/^[ \t]*([^={}\n;]+?)[ \t]*=[ \t]*(?:\{([^}]*)\}|(.*))$/gm)) {
    fields.set(key.toLowerCase().replace(/\s+/g, ' '), (braced ?? plain).trim());
  }
  return fields;
}
