import { LulcError } from '@lulc/core';
import { parse } from 'csv-parse/sync';
import { readWholeFile } from '../../raster/node/readFile.js';

/** Largest table that is read. */
const maxBytes = 1 << 28;

/**
 * The rows of a CSV as lists of cells; blank lines are left out.
 *
 * @param file path
 * @throws LulcError `missing-file`, `corrupt-file` (malformed, ragged, empty)
 */
export async function readCsvRows(file: string): Promise<readonly (readonly string[])[]> {
  const bytes = await readWholeFile(file, maxBytes);
  let rows: string[][];
  try {
    rows = parse(bytes, { bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw new LulcError('corrupt-file', `not a proper CSV: ${(cause as Error).message}`, { where: { file }, cause });
  }
  if (rows.length === 0) throw new LulcError('corrupt-file', 'the table is empty', { where: { file } });
  return rows;
}

/** A CSV with a header line. */
export interface Table {
  /** Column names. */
  readonly columns: readonly string[];
  /** One record per row. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/**
 * A CSV whose first line names the columns.
 *
 * @param file path
 * @throws LulcError `missing-file`, `corrupt-file` (malformed, ragged, no rows, a column name twice)
 */
export async function readTable(file: string): Promise<Table> {
  const [columns, ...rows] = await readCsvRows(file);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new LulcError('corrupt-file', `has two columns named '${twice}'`, { where: { file } });
  }
  if (rows.length === 0) throw new LulcError('corrupt-file', 'the table has a header but no rows', { where: { file } });
  return { columns, rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))) };
}
