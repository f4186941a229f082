import { LulcError, type LulcErrorWhere } from '../errors/lulcError.js';

/** Number types of weights: those that TensorFlow.js tensors have. */
export type WeightType = 'float32' | 'int32' | 'bool';

/** The values of one weight outside of any engine. */
export interface WeightArray {
  /** Number type; `bool` is one byte of 0 or 1 per value. */
  readonly dtype: WeightType;
  /** Size of each axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** Values in row-major order; may share memory with the file they were read from. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/**
 * Lower-case hexadecimal SHA-256, or `undefined` where the platform does not offer it.
 *
 * @param bytes of what
 */
export async function sha256(bytes: Uint8Array): Promise<string | undefined> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @throws LulcError `corrupt-file` when `bytes` have another SHA-256 than expected; `unavailable` when it cannot be
 * computed here and `required`
 */
export async function checkSha256(
  bytes: Uint8Array,
  expected: string | undefined,
  where: LulcErrorWhere,
  required: boolean,
): Promise<void> {
  if (expected === undefined) return;
  const found = await sha256(bytes);
  if (found === undefined) {
    if (!required) return;
    throw new LulcError('unavailable', 'SHA-256 cannot be computed on this page', {
      where,
      hint: 'Serve the page over HTTPS or from localhost, or leave the sha256 option out.',
    });
  }
  if (found !== expected.toLowerCase()) {
    throw new LulcError('corrupt-file', 'the file does not have the expected SHA-256', {
      where: { ...where, expected, found },
      hint: 'It was damaged or changed; fetch it again from its source.',
    });
  }
}
