import { createRequire } from 'node:module';
import { isLulcError, LulcError } from '@lulc/core';

/** Decoded values of a tile: `[rows, columns, components]`. */
export type TileValues = Uint8Array | Uint16Array | Int16Array;

/** What a tile must decode to. */
export interface TileShape {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Values per pixel. */
  readonly components: number;
  /** Bits of a value, at most 16. */
  readonly bits: number;
  /** Whether values may be negative. */
  readonly signed: boolean;
}

/** What is used of the library, which comes without types. */
interface OpenJpeg {
  readonly HEAPU8: Uint8Array;
  readonly J2KDecoder: new () => {
    /** Room for the codestream, in the library's memory. */
    getEncodedBuffer(length: number): Uint8Array;
    /** Says nothing of errors: they are printed. */
    decode(): void;
    /** A copy of the values. */
    getDecodedBuffer(): Uint8ClampedArray;
    /** Size and type of what was decoded. */
    getFrameInfo(): {
      readonly width: number;
      readonly height: number;
      readonly componentCount: number;
      readonly bitsPerSample: number;
      readonly isSigned: boolean;
    };
    /** Frees its memory. */
    delete(): void;
  };
}

/** Memory of the library, which only grows: a larger one is given back when a tile is done. */
const keptBytes = 2 ** 28;

interface Loaded {
  readonly library: OpenJpeg;
  /** What it printed. */
  readonly messages: string[];
}

let loaded: Promise<Loaded> | undefined;

/**
 * Decodes a codestream of one tile with OpenJPEG, which is loaded with the first one.
 *
 * @param codestream all of it
 * @param shape what it must decode to
 * @throws LulcError `corrupt-file`, `unsupported-file` (not enough memory)
 */
export async function decodeTile(codestream: Uint8Array, shape: TileShape): Promise<TileValues> {
  loaded ??= load();
  const mine = loaded;
  const { library, messages } = await mine;
  const forget = () => {
    if (loaded === mine) loaded = undefined;
  };
  messages.length = 0;
  try {
    const decoder = new library.J2KDecoder();
    decoder.getEncodedBuffer(codestream.length).set(codestream);
    decoder.decode();
    const { width, height, componentCount, bitsPerSample, isSigned } = decoder.getFrameInfo();
    const bytes = decoder.getDecodedBuffer();
    decoder.delete();
    if (library.HEAPU8.byteLength > keptBytes) forget();
    const failure = messages.find((message) => message.startsWith('[ERROR]'));
    const fits =
      width === shape.width &&
      height === shape.height &&
      componentCount === shape.components &&
      bitsPerSample === shape.bits &&
      isSigned === shape.signed &&
      bytes.byteLength === width * height * componentCount * Math.ceil(bitsPerSample / 8);
    if (failure !== undefined || !fits) {
      throw new LulcError('corrupt-file', `cannot be decoded: ${failure?.slice(8).trim() ?? 'a tile of another size'}`);
    }
    if (shape.bits <= 8) return new Uint8Array(bytes.buffer);
    return shape.signed ? new Int16Array(bytes.buffer) : new Uint16Array(bytes.buffer);
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    // whatever ended it, its memory is not to be relied on
    forget();
    throw new LulcError('corrupt-file', `cannot be decoded: ${(cause as Error)?.message ?? cause}`, { cause });
  }
}

async function load(): Promise<Loaded> {
  const messages: string[] = [];
  const note = (message: string) => {
    if (messages.length < 64) messages.push(message);
  };
  const create = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/decodewasmjs') as (options: {
    readonly print: (message: string) => void;
    readonly printErr: (message: string) => void;
  }) => Promise<OpenJpeg>;
  return { library: await create({ print: note, printErr: note }), messages };
}
