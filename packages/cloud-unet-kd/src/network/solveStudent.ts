import { LulcError, type OptionKinds, requireAbove, requireCount, requireKinds } from '@lulc/core';
import { countUnet, type UnetCount } from './countUnet.js';
import { type StudentShape, type StudentUnetOptions, studentOptions, studentWidths } from './studentUnet.js';

/** Options of {@link solveStudent}. */
export interface SolveStudentOptions extends Omit<StudentUnetOptions, 'stages' | 'base' | 'seed'> {
  /** Parameters of the teacher, or what `countUnet` says of it, whose heads of deep supervision count too. */
  readonly teacher: number | UnetCount;
  /** How many times smaller the student shall be, above 0. Default 280, the paper's. */
  readonly ratio?: number;
  /** Most multiply-adds of one prediction; default any number. */
  readonly maxMacs?: number;
  /** Numbers of stages to try. Default 2 to 8. */
  readonly stages?: readonly number[];
  /** Base widths to try. Default 1 to 64. */
  readonly bases?: readonly number[];
  /** How many candidates to give, default 5. */
  readonly candidates?: number;
}

/** What options may be, for callers without types. */
const optionKinds = {
  teacher: ['number', 'record'],
  ratio: 'number',
  maxMacs: 'number',
  stages: 'numbers',
  bases: 'numbers',
  candidates: 'number',
  maxWidth: 'number',
  inputSize: ['number', 'pair'],
  bands: ['number', 'texts'],
  classes: ['number', 'texts'],
} as const satisfies Readonly<Partial<Record<keyof SolveStudentOptions, OptionKinds>>>;

/** A student that {@link solveStudent} proposes; options for {@link studentUnet}. */
export interface StudentCandidate extends Required<StudentShape>, UnetCount {
  /** Channels of the stages. */
  readonly widths: readonly number[];
  /** Parameters of the teacher over those of the student. */
  readonly ratio: number;
}

/**
 * Finds the students whose size comes nearest to a share of the teacher's: tries every number of stages with every base
 * width, and ranks by how far the ratio is off (as a factor), of equal ones the one with fewer multiply-adds first. No
 * student is told by its size alone; weigh multiply-adds and depth (the field of view), too.
 *
 * @param options the teacher's size, the ratio, and what all candidates have in common (bands, input size, norm …)
 * @returns candidates, best first
 * @throws LulcError `invalid-argument` for a number out of range, or when no student fits the input size and `maxMacs`
 * @example
 * ```ts
 * import { countUnet, solveStudent } from '@lulc/cloud-unet-kd';
 *
 * const teacher = countUnet({ widths: [32, 64, 128, 256, 512, 512, 512, 512], inputSize: 512 });
 * const [best] = solveStudent({ teacher, inputSize: 512, stages: [3, 4, 5] });
 * console.log(best.stages, best.base, best.ratio.toFixed(1)); // 3 19 279.4
 * ```
 */
export function solveStudent(options: SolveStudentOptions): StudentCandidate[] {
  requireKinds(options, optionKinds, ['teacher']);
  const { teacher, ratio = 280, maxMacs = Number.POSITIVE_INFINITY, candidates = 5, maxWidth = 512, ...rest } = options;
  const { stages = range(2, 8), bases = range(1, 64), inputSize = 256, ...common } = rest;
  const parameters = typeof teacher === 'number' ? teacher : teacher.parameters + teacher.deepHeads;
  requireAbove(0, { teacher: parameters, ratio });
  requireCount({ candidates });
  const sides = [inputSize].flat();
  const found = stages
    .filter((depth) => sides.every((side) => side % 2 ** (depth - 1) === 0))
    .flatMap((depth) =>
      bases.map((base): StudentCandidate => {
        const shape = { stages: depth, base, maxWidth };
        const count = countUnet(studentOptions({ ...common, inputSize, ...shape }));
        return { ...shape, widths: studentWidths(shape), ...count, ratio: parameters / count.parameters };
      }),
    )
    .filter(({ multiplyAdds }) => multiplyAdds <= maxMacs);
  if (found.length === 0) {
    throw new LulcError('invalid-argument', 'no student fits the input size and the multiply-adds', {
      where: { option: 'maxMacs', inputSize: sides.join('×') },
    });
  }
  const off = (candidate: StudentCandidate) => Math.abs(Math.log(candidate.ratio / ratio));
  return found.sort((a, b) => off(a) - off(b) || a.multiplyAdds - b.multiplyAdds).slice(0, candidates);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
