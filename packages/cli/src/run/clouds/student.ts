import {
  countUnet,
  networkOptions,
  overrule,
  type Plan,
  type PlanNetworkOptions,
  type PlanOverride,
  plainConvUnet,
  type RecipeOverride,
  solveStudent,
  studentWidths,
} from '@lulc/cloud-unet-kd';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CloudsConfig } from '../../config/clouds.js';
import { overridesOf } from './cloudPlan.js';

/** A student and how it is trained. */
export interface PlannedStudent {
  /** The teacher's plan with the student's values in it. */
  readonly plan: Plan;
  /** What of its network the plan leaves open. */
  readonly style: PlanNetworkOptions;
  /** Parts of nnU-Net's recipe that are others. */
  readonly overrides: readonly RecipeOverride[];
  /** Makes it with random weights. */
  build(seed: number): LayersModel;
}

/** How students learn: parts of the recipe, and the rate unless one is given. */
const recipes: Readonly<
  Record<CloudsConfig['student']['optimizer'], { overrides: readonly RecipeOverride[]; learningRate?: number }>
> = {
  sgd: { overrides: [] },
  adamw: {
    overrides: [
      {
        field: 'optimizer',
        value: { name: 'adamw', weightDecay: 3e-5 },
        reason: 'steps as long as the teacher takes them end small networks without leaks',
      },
    ],
    learningRate: 3e-3,
  },
};

/**
 * Plans a student: the teacher's plan but for its shape, and for what the configuration says otherwise.
 *
 * @param teacher plan of the teacher
 * @param settings shape, or the ratio to solve it for
 * @throws LulcError `invalid-argument` for a shape that does not fit the patch
 */
export function plannedStudent(teacher: Plan, settings: CloudsConfig['student']): PlannedStudent {
  const { norm, upsampling, epochs, iterations, batchSize = teacher.batchSize } = settings;
  const { overrides, ...recipe } = recipes[settings.optimizer];
  const { learningRate = recipe.learningRate } = settings;
  // activations without a slope stay cheap in 8 bits
  const style: PlanNetworkOptions = { norm, upsampling, activation: norm === 'batch' ? 'relu' : 'leaky-relu' };
  const { stages, base } = shapeOf(teacher, settings, style);
  const reason = 'the student';
  const strides = Array.from({ length: stages }, (_, stage) => (stage === 0 ? ([1, 1] as const) : ([2, 2] as const)));
  const shape: readonly PlanOverride[] = [
    { field: 'patchSize', value: teacher.patchSize, reason },
    { field: 'strides', value: strides, reason },
    { field: 'deepSupervision', value: false, reason },
    ...overridesOf({ widths: studentWidths({ stages, base }), batchSize, epochs, iterations, learningRate }, reason),
  ];
  const plan = overrule(teacher, shape);
  return { plan, style, overrides, build: (seed) => plainConvUnet(networkOptions(plan, { ...style, seed })) };
}

function shapeOf(
  teacher: Plan,
  { stages, base, ratio, maxGmacs }: CloudsConfig['student'],
  style: PlanNetworkOptions,
): { readonly stages: number; readonly base: number } {
  if (ratio === undefined) return { stages: stages ?? 4, base: base ?? 8 };
  const { patchSize, bands, classes } = teacher;
  const [best] = solveStudent({
    ...style,
    teacher: countUnet(networkOptions(teacher)),
    ratio,
    inputSize: patchSize,
    bands,
    classes,
    ...(maxGmacs === undefined ? {} : { maxMacs: maxGmacs * 1e9 }),
    ...(stages === undefined ? { stages: [3, 4, 5] } : { stages: [stages] }),
    ...(base === undefined ? {} : { bases: [base] }),
  });
  return best;
}
