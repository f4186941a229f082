import type { RowSource } from './batchSource.js';
import { newPlane, type RawSample, type RowProgram, rowsOf, writeRow } from './rowProgram.js';

/**
 * Rows that are read and made in the calling thread.
 *
 * @param dataset what to read
 */
export function callingThread(dataset: { get(index: number): Promise<RawSample> }): RowSource {
  let program: RowProgram | undefined;
  return {
    open: async (index, kind) => {
      const sizeOf = async () => {
        const { shape } = (await dataset.get(index)).image;
        return [shape[0], shape[1]] as const;
      };
      const size = kind.size ?? (await sizeOf());
      program = kind.program(size);
      return { size, program };
    },
    allocate: (layout, rows) => newPlane(layout, rows, false),
    fill: async (epoch, draws, planes) => {
      for (const [row, draw] of draws.entries()) {
        const sample = await dataset.get(draw.index);
        if (program !== undefined) writeRow(program, sample, epoch, draw, rowsOf(planes, draws.length, row, 1));
      }
    },
    close: async () => {},
  };
}
