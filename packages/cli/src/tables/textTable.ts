import Table from 'cli-table3';

/**
 * A table for the terminal: the first column is text, the others are numbers.
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
  for (const row of rows) table.push([...row]);
  return table.toString();
}
