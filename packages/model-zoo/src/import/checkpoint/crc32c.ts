import library from 'crc-32/crc32c.js';

/**
 * CRC-32C (Castagnoli) of bytes (RFC 3720, appendix B.4).
 *
 * @param previous value over the bytes before these
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  return library.buf(bytes, previous) >>> 0;
}

/** The form in which TensorFlow and LevelDB store a CRC: rotated and shifted, so that it can be part of data with a CRC. */
export function maskedCrc32c(bytes: Uint8Array, previous = 0): number {
  const crc = crc32c(bytes, previous);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
