import {
  type LoopOptions,
  LulcError,
  type OptionKinds,
  requireKinds,
  type TrainResult,
  weightArrays,
} from '@lulc/core';
import { type SegmentationSource, type TrainSegmenterOptions, trainSegmenter } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { requiredInside, sourceKinds, windowKinds } from '../untypedOptions.js';
import { type DistillationOptions, distillationObjective } from './objective.js';
import { type ScoredNetworks, type ScoreNetworksOptions, scoreNetworks } from './scoreNetworks.js';

/** The two students that are compared. */
export type StudentName = 'distilled' | 'alone';

/** Options of {@link distill}: everything that a run can be told, for both students alike. */
export interface DistillOptions
  extends Omit<LoopOptions, 'checkpoints' | 'listeners'>,
    Pick<TrainSegmenterOptions, 'deepSupervision' | 'validationBatches'> {
  /** Builds a student. Called twice, it must give the same weights: give it a seed. */
  readonly student: () => LayersModel;
  /** The teacher's row, see {@link scoreNetworks}. */
  readonly teacher: ScoredNetworks;
  /** Training batches with soft targets, see {@link withSoftTargets}. The caller closes it. */
  readonly train: SegmentationSource;
  /** Validation batches. The caller closes it. */
  readonly validation?: SegmentationSource;
  /** Whole images by which all rows are scored: the source of the teacher's row. The caller closes it. */
  readonly test: SegmentationSource;
  /** How the student learns from labels and teacher; the other learns by `hard` alone. Default {@link distillationObjective}'s. */
  readonly distillation?: DistillationOptions;
  /** How students look at the test images; default whole tiles of their input size, not mirrored. */
  readonly window?: Omit<ScoreNetworksOptions, 'networks' | 'source'>;
  /**
   * What differs between the runs: where checkpoints are kept, who listens.
   *
   * @param student which run
   */
  readonly runOf?: (student: StudentName) => Pick<LoopOptions, 'checkpoints' | 'listeners'>;
}

/** What options may be, for callers without types; what is of the training itself is looked at there. */
const optionKinds = {
  student: 'function',
  teacher: 'record',
  train: sourceKinds,
  validation: sourceKinds,
  test: sourceKinds,
  distillation: { alpha: 'number', distance: 'text', temperature: 'number', variant: 'text' },
  window: windowKinds,
  runOf: 'function',
  deepSupervision: ['flag', 'record'],
  validationBatches: 'number',
} as const satisfies Readonly<Partial<Record<keyof DistillOptions, OptionKinds>>>;

const requiredOptions = [
  ...['student', 'teacher', 'train', 'test'],
  ...['train', 'validation', 'test'].flatMap((name) => requiredInside(name, sourceKinds)),
];

/** A row of the comparison. */
export interface DistillationRow extends ScoredNetworks {
  /** Who. */
  readonly name: 'teacher' | StudentName;
  /** How many times fewer weights than one network of the teacher; `undefined` where the teacher's are not known. */
  readonly ratio: number | undefined;
}

/** What {@link distill} leaves. */
export interface DistillationResult {
  /** Teacher, student with it, the same student without. */
  readonly rows: readonly [teacher: DistillationRow, distilled: DistillationRow, alone: DistillationRow];
  /** The students. */
  readonly models: Readonly<Record<StudentName, LayersModel>>;
  /** How their runs ended. */
  readonly runs: Readonly<Record<StudentName, TrainResult>>;
}

/**
 * Tests the claim of distillation: trains a student with its teacher and the same student without, from the same weights, with
 * the same seed, steps and augmentation, and scores both and the teacher on the same images.
 *
 * @param options students, data and how to learn
 * @throws LulcError `invalid-argument` when `student` gives other weights each time or the distillation has no share of a teacher;
 *   as `trainSegmenter` and `scoreNetworks` do
 * @example
 * ```ts
 * // not run: needs chips and a teacher
 * import { distill, scoreNetworks, studentUnet } from '@lulc/cloud-unet-kd';
 * import type { SegmentationSource } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function compare(folds: LayersModel[], train: SegmentationSource, test: SegmentationSource): Promise<void> {
 *   const { rows } = await distill({
 *     student: () => studentUnet({ stages: 4, base: 8, inputSize: 256, seed: 1 }),
 *     teacher: await scoreNetworks({ networks: folds, source: test, mirror: ['horizontal', 'vertical'] }),
 *     train,
 *     test,
 *     epochs: 50,
 *   });
 *   console.table(rows.map(({ name, jaccard, f1, parameters, ratio }) => ({ name, jaccard, f1, parameters, ratio })));
 * }
 * ```
 */
export async function distill(options: DistillOptions): Promise<DistillationResult> {
  requireKinds(options, optionKinds, requiredOptions);
  const { student, teacher, train, validation, test, distillation = {}, window, runOf, ...run } = options;
  if (distillation.alpha === 0) {
    throw new LulcError('invalid-argument', 'with alpha 0 both students learn without the teacher', {
      where: { option: 'distillation.alpha' },
    });
  }
  const models = { distilled: student(), alone: student() };
  await requireEqual(models.distilled, models.alone);
  const fit = (name: StudentName, alpha: number | undefined) =>
    trainSegmenter({
      ...run,
      ...runOf?.(name),
      model: models[name],
      train,
      validation,
      loss: distillationObjective({ ...distillation, alpha }),
    });
  const runs = { distilled: await fit('distilled', distillation.alpha), alone: await fit('alone', 0) };
  const rowOf = async (name: StudentName): Promise<DistillationRow> => {
    const scored = await scoreNetworks({ ...window, signal: run.signal, networks: models[name], source: test });
    const { parameters } = scored;
    const isKnown = teacher.parameters !== undefined && parameters !== undefined;
    return { name, ratio: isKnown ? teacher.parameters / parameters : undefined, ...scored };
  };
  const rows = [
    { name: 'teacher', ratio: teacher.parameters === undefined ? undefined : 1, ...teacher },
    await rowOf('distilled'),
    await rowOf('alone'),
  ] as const;
  return { rows, models, runs };
}

async function requireEqual(a: LayersModel, b: LayersModel): Promise<void> {
  const [first, second] = [await weightArrays(a), await weightArrays(b)];
  for (const [path, { data }] of first) {
    const other = second.get(path)?.data;
    if (other?.length === data.length && data.every((value, i) => value === other[i])) continue;
    throw new LulcError('invalid-argument', 'the students do not begin with the same weights', {
      where: { weight: path },
      hint: 'Build them with a seed.',
    });
  }
}
