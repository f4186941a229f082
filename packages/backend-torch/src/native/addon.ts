/** Element types of the native side; the numbers are its own. */
export const nativeTypes = { float32: 0, int32: 1, bool: 2 } as const;

/** An element type that the native side keeps. */
export type NativeType = keyof typeof nativeTypes;

/** The element types by number. */
export const nativeTypeNames: readonly NativeType[] = ['float32', 'int32', 'bool'];

/** Arithmetic inside convolutions and matrix products, in the order of the native side's numbers. */
export const precisions = ['float32', 'bf16', 'fp16', 'tf32'] as const;

/** What the native side says about itself. */
export interface NativeStatistics {
  /** Tensors of this environment. */
  readonly tensors: number;
  /** Recorded programs of this environment. */
  readonly programs: number;
  /** Bytes in tensors, of the whole process. */
  readonly usedBytes: number;
  /** Most bytes in tensors so far, of the whole process. */
  readonly peakBytes: number;
  /** Freed bytes kept for the next allocation, of the whole process. */
  readonly cachedBytes: number;
  /** Threads that share the work of a kernel. */
  readonly threads: number;
}

/** Values as they cross into JavaScript. */
export type NativeValues = Float32Array | Int32Array | Uint8Array;

/** The functions of `native/addon.cpp`. Numbers and lists travel in the command buffer, `length` words of it. */
export interface Addon {
  /** Names of the kernels; the position is the opcode. */
  readonly kernels: readonly string[];
  /** Version of the libtorch it was compiled against. */
  readonly libtorch: string;
  /** What it computes on. */
  readonly device: 'cpu' | 'cuda';
  /** The instruction set of its own loops: the processor's best, or what `LULC_TORCH_ISA` allows. */
  readonly instructionSet: 'baseline' | 'avx2' | 'avx512';
  setBuffer(words: Float64Array): void;
  run(length: number): void;
  upload(values: NativeValues, type: number, length: number): number;
  read(handle: number): NativeValues;
  readAsync(handle: number): Promise<NativeValues>;
  release(handle: number): void;
  createProgram(words: Float64Array): number;
  setConstants(program: number, length: number): void;
  replay(program: number, length: number): void;
  releaseProgram(program: number): void;
  /** Each negative: as it is. */
  configure(threads: number, precision: number, cacheLimit: number, memoryLimit: number, winograd: number): void;
  statistics(): NativeStatistics;
  trim(): void;
}
