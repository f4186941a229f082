import * as tf from '@tensorflow/tfjs-core';

/** The native side, as far as these tests reach around the backend. */
export interface RawAddon {
  readonly kernels: readonly string[];
  run(length: number): void;
  readAsync(handle: number): Promise<unknown>;
  release(handle: number): void;
  createProgram(words: Float64Array): number;
  setConstants(program: number, length: number): void;
  replay(program: number, length: number): void;
  releaseProgram(program: number): void;
  statistics(): { readonly tensors: number; readonly usedBytes: number; readonly cachedBytes: number };
}

/** The backend and its command buffer. */
export interface RawBackend extends tf.KernelBackend {
  readonly addon: RawAddon;
  readonly writer: { readonly words: Float64Array };
  data(dataId: object): { readonly handle: number };
}

/** The registered backend. */
export const rawBackend = (): RawBackend => tf.engine().findBackend('torch') as unknown as RawBackend;

/** Throws unless the engine computes right. */
export function checkEngine(): void {
  const sum = tf.tidy(() => tf.sum(tf.matMul(tf.ones([64, 32]), tf.fill([32, 16], 0.5))).dataSync()[0]);
  if (sum !== 64 * 16 * 16) throw new Error(`the engine computes ${sum} where ${64 * 16 * 16} is right`);
}
