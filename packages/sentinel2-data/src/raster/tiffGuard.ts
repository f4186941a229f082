import { LulcError } from '@lulc/core';

/** Bytes per value of the TIFF field types, by type number (TIFF 6.0 and BigTIFF). */
const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/**
 * Checks that the first directory of a TIFF lies within the file and that no field claims more values than the file
 * could hold, before a decoder allocates anything on its word.
 *
 * @param bytes the whole file
 * @param file its name, for the error
 * @throws LulcError `corrupt-file`, `unsupported-file` (not a TIFF)
 */
export function checkTiffStructure(bytes: Uint8Array, file: string): void {
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8) throw corrupt(`only ${bytes.byteLength} bytes long`);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  const version = view.getUint16(2, little);
  if ((!little && order !== 0x4d4d) || (version !== 42 && version !== 43)) {
    throw new LulcError('unsupported-file', 'not a TIFF', { where: { file } });
  }
  const big = version === 43;
  const integer = (at: number, size: number): number => {
    if (at + size > bytes.byteLength) throw corrupt('the file ends within its directory: truncated');
    if (size === 8) return Number(view.getBigUint64(at, little));
    return size === 4 ? view.getUint32(at, little) : view.getUint16(at, little);
  };
  const word = big ? 8 : 4;
  const directory = integer(big ? 8 : 4, word);
  if (directory < (big ? 16 : 8) || directory >= bytes.byteLength) {
    throw corrupt(`its directory would start at byte ${directory} of ${bytes.byteLength}: truncated`);
  }
  const entries = integer(directory, big ? 8 : 2);
  const first = directory + (big ? 8 : 2);
  const entryBytes = big ? 20 : 12;
  if (entries < 1 || first + entries * entryBytes > bytes.byteLength) {
    throw corrupt(`its directory claims ${entries} fields`);
  }
  for (let i = 0; i < entries; i++) {
    const at = first + i * entryBytes;
    const tag = integer(at, 2);
    const count = integer(at + 4, word);
    const length = count * (typeBytes[integer(at + 2, 2)] ?? 1);
    if (length > word && integer(at + 4 + word, word) + length > bytes.byteLength) {
      throw corrupt(`field ${tag} claims ${count} values, more than the file holds`);
    }
  }
}
