import type { TensorData } from '../../backend/tensorData.js';
import type { TorchBackend } from '../../backend/torchBackend.js';
import { runNative } from '../../kernels/table.js';
import type { Program, ProgramValue } from '../ir.js';
import { graphOf } from './graph.js';

/** Largest result in bytes that is kept instead of computed, unless its inputs together are as large. */
const mostBytes = 1 << 20;

/** A program of which a part was computed beforehand. */
export interface Folded {
  readonly program: Program;
  /** Frees what was computed; the compiled program keeps its own. */
  release(): void;
}

/** Computes once what is the same at every replay. */
export function foldConstants(backend: TorchBackend, program: Program): Folded {
  const made: TensorData[] = [];
  const values: ProgramValue[] = [...program.values];
  let current = program;
  for (;;) {
    const graph = graphOf(current);
    const found = current.instructions.find(
      ({ inputs, dynamics, outputs }) =>
        dynamics.length === 0 &&
        inputs.every((input) => input === undefined || graph.isConstant(input.value)) &&
        sizeOf(values, outputs) <=
          Math.max(
            mostBytes,
            sizeOf(
              values,
              inputs.flatMap((input) => (input === undefined ? [] : [input.value])),
            ),
          ),
    );
    if (found === undefined) break;
    const inputs = found.inputs.map((input) =>
      input === undefined
        ? undefined
        : {
            dataId: backend.lend(values[input.value].handle),
            shape: [...input.shape],
            dtype: values[input.value].dtype,
          },
    );
    const outputs = runNative(backend, found.kernel, inputs, (write) => {
      for (const attribute of found.attributes) write.number(attribute);
    });
    outputs.forEach(({ dataId }, i) => {
      const data = dataId as TensorData;
      made.push(data);
      values[found.outputs[i]] = {
        source: { kind: 'tensor' },
        shape: data.shape,
        dtype: values[found.outputs[i]].dtype,
        handle: data.handle,
      };
    });
    current = { ...current, values, instructions: current.instructions.filter((other) => other !== found) };
  }
  return {
    program: current,
    release: () => {
      for (const data of made) backend.disposeData(data);
    },
  };
}

function sizeOf(values: readonly ProgramValue[], ids: readonly number[]): number {
  return ids.reduce((bytes, id) => bytes + 4 * values[id].shape.reduce((a, b) => a * b, 1), 0);
}
