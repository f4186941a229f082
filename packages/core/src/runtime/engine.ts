/**
 * The engines this library can run on, each a TF.js backend of the same name.
 *
 * | name | what it is |
 * |---|---|
 * | `torch` | `@lulc/backend-torch`: libtorch on CUDA or CPU |
 * | `tensorflow` | TF.js' own native engine, `@tensorflow/tfjs-node-gpu` or `-node` |
 * | `webgpu`, `webgl` | TF.js' own in browsers |
 * | `wasm` | TF.js' own WebAssembly engine plus the kernels it lacks for training |
 * | `cpu` | TF.js' plain JavaScript engine: slow, and the reference for tests |
 */
export type EngineName = 'torch' | 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** What an engine computes on. */
export type EngineDevice = 'cuda' | 'gpu' | 'cpu';

/** Options of {@link useEngine}. */
export interface EngineOptions {
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are served: a folder (ending in `/`) or a map from file
   * name to URL. Needed in most browser builds; in Node they are found by themselves.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
  /**
   * Threads that share the work of an operation on the CPU, from 1; engines that have no such choice ignore it. Taken when
   * the engine is first loaded in a process, like `precision`.
   */
  readonly threads?: number;
  /**
   * Arithmetic inside convolutions and matrix products; everything outside stays float32. Default `'float32'`; `'bf16'`
   * on the torch engine, `'tf32'` and `'fp16'` there on CUDA. Other engines ignore it.
   */
  readonly precision?: 'float32' | 'bf16' | 'fp16' | 'tf32';
}

/** Whether an engine can be loaded here, found out without loading it. */
export type EngineProbe =
  | { readonly available: true; readonly detail: string }
  | { readonly available: false; readonly missing: string; readonly command?: string };

/** A loaded engine. */
export interface LoadedEngine {
  readonly device: EngineDevice;
  readonly version: string;
}

/** One rung of a platform's ladder: an engine on a device, and how to find and load it. */
export interface EngineDescriptor {
  readonly name: EngineName;
  readonly device: EngineDevice;
  /** What makes this engine worth its place, for `why`. */
  readonly merit: string;
  /** Cheap and without side effects: no native code is loaded. Never throws. */
  probe(): Promise<EngineProbe>;
  /** Loads the engine and registers its TF.js backend and kernels. Throws when it cannot. */
  load(options: EngineOptions): Promise<LoadedEngine>;
}

/** An engine that was considered before (or instead of) the chosen one. */
export interface EngineAttempt {
  /** The engine. */
  readonly name: EngineName;
  /** The device it was considered for. */
  readonly device: EngineDevice;
  /** Why it was not taken. */
  readonly reason: string;
  /** The one command that adds it, where there is one. */
  readonly command?: string;
}

/** The engine in use. */
export interface Engine {
  /** Which one. */
  readonly name: EngineName;
  /** What it computes on. */
  readonly device: EngineDevice;
  /** Version of the engine and of the library below it. */
  readonly version: string;
  /** Why this one, in a sentence. */
  readonly why: string;
  /** The better ones that could not be taken, best first. */
  readonly tried: readonly EngineAttempt[];
}

/** One rung of the ladder as {@link engineLadder} reports it. */
export interface EngineStatus {
  /** The engine. */
  readonly name: EngineName;
  /** The device it would compute on. */
  readonly device: EngineDevice;
  /** Whether it can be loaded here, as far as can be told without loading it. */
  readonly available: boolean;
  /** What was found, or what is missing. */
  readonly detail: string;
  /** The one command that adds it, where there is one. */
  readonly command?: string;
}
