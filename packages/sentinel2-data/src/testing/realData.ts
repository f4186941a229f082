import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the real sample data: `LULC_DATA`, else `../shared/data` beside the repository. */
const root = process.env.LULC_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Path of a real sample set. */
export function realData(name: string): string {
  return path.join(root, name);
}

/** Whether a real sample set is there; tests that need it are skipped, visibly, when it is not. */
export function hasRealData(name: string): boolean {
  return existsSync(realData(name));
}
