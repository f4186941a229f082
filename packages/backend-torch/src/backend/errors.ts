import { LulcError } from '@lulc/core';

/** A failure of the native side as a {@link LulcError}: its message names the kernel and the shapes it got. */
export function nativeError(error: unknown, where: Readonly<Record<string, string | number>> = {}): LulcError {
  const { code, message } = error as { code?: string; message: string };
  return code === 'out-of-memory'
    ? new LulcError('out-of-memory', message, {
        where,
        hint: 'Use a smaller batch or image, or free tensors (tf.tidy, dispose); the engine goes on working.',
      })
    : new LulcError('invalid-argument', message, { where });
}
