import type { LulcError } from '../errors/lulcError.js';

/**
 * The two layouts a model is saved in.
 *
 * | format | files | read by |
 * |---|---|---|
 * | `tfjs` | `model.json` and weight files beside it | any TensorFlow.js program: `tf.loadLayersModel` |
 * | `safetensors` | one file of named weights, with card and topology in its metadata | Python, Rust and others |
 */
export type ModelFormat = 'tfjs' | 'safetensors';

/** Number type of the weights in a safetensors file; the 16-bit ones halve the file and round the weights. */
export type WeightPrecision = 'float32' | 'float16' | 'bfloat16';

/** Number types in which kernels may be stored to make a file smaller; they compute as float32 all the same. */
export type Quantization = 'float16' | 'int8';

/** How to reach a server. */
export interface NetworkOptions {
  /** Headers, credentials and the like for every request. */
  readonly requestInit?: RequestInit | undefined;
  /** Stops the transfer. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up when a server sends nothing for so long, in milliseconds; default 60 000. */
  readonly timeout?: number | undefined;
}

/** Options of `saveModel`. */
export interface SaveModelOptions extends NetworkOptions {
  /** Layout; default `'safetensors'` for a target that ends in `.safetensors`, else `'tfjs'`. */
  readonly format?: ModelFormat | undefined;
  /** Number type of the weights, safetensors only; default `'float32'`, which loses nothing. */
  readonly precision?: WeightPrecision | undefined;
  /**
   * Stores kernels in fewer bits, `tfjs` only: `'float16'` halves the files, `'int8'` (256 steps over the range of each
   * kernel) quarters them. They are widened when the model is loaded, by any TensorFlow.js program. Default: not.
   */
  readonly quantize?: Quantization | undefined;
}

/** One file that was written. */
export interface SavedFile {
  /** Name within the target. */
  readonly name: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/** What `saveModel` wrote. */
export interface SavedModel {
  /** Layout that was used; `'graph'` for a graph model of TensorFlow.js. */
  readonly format: ModelFormat | 'graph';
  /** The main file first, then the files it refers to. */
  readonly files: readonly SavedFile[];
  /**
   * SHA-256 of the main file in hexadecimal digits, to be given to `loadModel`: it vouches for the whole model, since
   * `model.json` holds the hashes of its weight files. Absent where the platform cannot compute it (a browser page
   * that was not served securely) or the target is a storage of TensorFlow.js.
   */
  readonly sha256: string | undefined;
}

/** Options of `loadModel` and `loadTensors`. */
export interface LoadModelOptions extends NetworkOptions {
  /** Layout; by default told from the name or, where it does not say, from what is there. */
  readonly format?: ModelFormat | undefined;
  /** Most bytes to accept in all files together; default 4 GiB. */
  readonly maxBytes?: number | undefined;
  /** Expected SHA-256 of the main file, hexadecimal. */
  readonly sha256?: string | undefined;
  /** Told about what is wrong but does not prevent loading (a missing or damaged card); default `console.warn`. */
  readonly onWarning?: ((warning: LulcError) => void) | undefined;
}
