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

/** Bytes of a file that lies in memory or on disk. */
export interface ByteSource {
  /** Length of the file. */
  readonly size: number;
  /**
   * Some of its bytes; fewer where the file ends.
   *
   * @param at first byte
   * @param length how many
   */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Most fields that a directory is believed to have. */
const maxFields = 4096;

/**
 * Checks that the first directory of a TIFF lies within the file and that no field claims more values than the file
 * could hold, before a decoder allocates anything on its word.
 *
 * @param source the file
 * @param file its name, for the error
 * @throws LulcError `corrupt-file`, `unsupported-file` (not a TIFF)
 */
export async function checkTiffStructure(source: ByteSource, file: string): Promise<void> {
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  if (source.size < 8) throw corrupt(`only ${source.size} bytes long`);
  const viewAt = async (at: number, length: number): Promise<DataView> => {
    const bytes = at + length <= source.size ? await source.read(at, length) : new Uint8Array();
    if (bytes.byteLength < length) throw corrupt('the file ends within its directory: truncated');
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const header = await viewAt(0, 8);
  const order = header.getUint16(0);
  const little = order === 0x4949;
  const version = header.getUint16(2, little);
  if ((!little && order !== 0x4d4d) || (version !== 42 && version !== 43)) {
    throw new LulcError('unsupported-file', 'not a TIFF', { where: { file } });
  }
  const big = version === 43;
  const word = big ? 8 : 4;
  const integer = (view: DataView, at: number, bytes: number): number => {
    if (bytes === 8) return Number(view.getBigUint64(at, little));
    return bytes === 4 ? view.getUint32(at, little) : view.getUint16(at, little);
  };
  const directory = integer(await viewAt(big ? 8 : 4, word), 0, word);
  if (directory < (big ? 16 : 8) || directory >= source.size) {
    throw corrupt(`its directory would start at byte ${directory} of ${source.size}: truncated`);
  }
  const countBytes = big ? 8 : 2;
  const entries = integer(await viewAt(directory, countBytes), 0, countBytes);
  const entryBytes = big ? 20 : 12;
  if (entries < 1 || entries > maxFields || directory + countBytes + entries * entryBytes > source.size) {
    throw corrupt(`its directory claims ${entries} fields`);
  }
  const fields = await viewAt(directory + countBytes, entries * entryBytes);
  for (let at = 0; at < entries * entryBytes; at += entryBytes) {
    const count = integer(fields, at + 4, word);
    const length = count * (typeBytes[integer(fields, at + 2, 2)] ?? 1);
    if (length > word && integer(fields, at + 4 + word, word) + length > source.size) {
      throw corrupt(`field ${integer(fields, at, 2)} claims ${count} values, more than the file holds`);
    }
  }
}
