/** CRC-32C (Castagnoli), reflected polynomial. */
const polynomial = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});

/**
 * CRC-32C of bytes (RFC 3720, appendix B.4).
 *
 * @param previous value over the bytes before these
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The form in which TensorFlow and LevelDB store a CRC: rotated and shifted, so that it can be part of data with a CRC. */
export function maskedCrc32c(bytes: Uint8Array, previous = 0): number {
  const crc = crc32c(bytes, previous);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
