import Table from 'cli-table3';

/** Longest text in a cell; the longest class names of BigEarthNet would make tables wider than terminals. */
const longest = 44;

/**
 * A table for the terminal: the first column is text, the others are numbers. Long texts are cut.
 *
 * @param head column names
 * @param rows cells
 */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows)
    table.push(row.map((cell) => (cell.length > longest ? `${cell.slice(0, longest - 1)}…` : cell)));
  return table.toString();
}
