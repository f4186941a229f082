const buffers = new Map<string, Float32Array>();

/**
 * Memory that is used again by the next view, so that rendering allocates nothing per view once it is warm. Its contents
 * are whatever was left there.
 *
 * @param use names the buffer; what is in use at the same time needs different names
 * @param length number of values
 */
export function scratch(use: string, length: number): Float32Array {
  let buffer = buffers.get(use);
  if (buffer === undefined || buffer.length < length) {
    buffer = new Float32Array(length);
    buffers.set(use, buffer);
  }
  return buffer.subarray(0, length);
}
