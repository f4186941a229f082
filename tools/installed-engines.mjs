/** Prints which native engines are installed: test results are not taken over from when there were others. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const home = process.env.LULC_HOME || '.lulc';
for (const name of ['torch/engine.json', 'tensorflow/package.json']) {
  try {
    console.log(name, readFileSync(join(home, 'engines', name), 'utf8'));
  } catch {
    console.log(name, 'absent');
  }
}
