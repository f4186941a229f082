import { simulateLandscape } from '@lulc/sentinel2-data/node';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { textTable } from '../tables/textTable.js';

/** Flags of `lulc data simulate`. */
export interface DataSimulateFlags {
  readonly out: string;
  readonly patches: number;
  readonly seed: number;
  readonly bands?: readonly string[];
  readonly classes?: readonly string[];
}

/** `lulc data simulate`: writes a simulated dataset. */
export async function dataSimulate(context: CommandContext, flags: DataSimulateFlags): Promise<undefined> {
  const { out, patches, seed, bands, classes } = flags;
  const progress = progressLine(context, 'simulating');
  const result = await simulateLandscape({
    out,
    patches,
    seed,
    ...(bands === undefined ? {} : { bands }),
    ...(classes === undefined ? {} : { classes }),
    onProgress: progress.update,
  }).finally(progress.stop);
  context.result({ simulated: true, ...result }, () =>
    [
      `SIMULATED data in ${result.path}: ${Object.entries(result.patches)
        .map(([part, count]) => `${count} ${part}`)
        .join(', ')}`,
      textTable(
        ['class', 'patches'],
        Object.entries(result.classCounts).map(([name, count]) => [name, String(count)]),
      ),
    ].join('\n'),
  );
  return undefined;
}
