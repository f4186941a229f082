import { requireCount } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { PlainConvUnetOptions } from './options.js';
import { plainConvUnet } from './plainConvUnet.js';

/** Which student of the family: stages of `base`, twice, four times … as many channels, and at most `maxWidth`. */
export interface StudentShape {
  /** Resolutions, at least 1. */
  readonly stages: number;
  /** Channels of the finest stage. */
  readonly base: number;
  /** Most channels of any stage, default 512. */
  readonly maxWidth?: number;
}

/** Options of {@link studentUnet}. */
export interface StudentUnetOptions
  extends Partial<StudentShape>,
    Omit<PlainConvUnetOptions, 'widths' | 'strides' | 'kernels'> {}

/**
 * The channels of a student's stages, finest first.
 *
 * @throws LulcError `invalid-argument` for an option that is no whole number above 0
 */
export function studentWidths({ stages, base, maxWidth = 512 }: StudentShape): number[] {
  requireCount({ stages, base, maxWidth });
  return Array.from({ length: stages }, (_, i) => Math.min(base * 2 ** i, maxWidth));
}

/**
 * The options with which {@link plainConvUnet} makes a student, to count or to change it.
 *
 * @throws LulcError `invalid-argument` for `stages`, `base` or `maxWidth` that are no whole numbers above 0
 */
export function studentOptions(options: StudentUnetOptions = {}): PlainConvUnetOptions {
  const { stages = 4, base = 8, maxWidth, ...network } = options;
  return { ...network, widths: studentWidths({ stages, base, ...(maxWidth !== undefined && { maxWidth }) }) };
}

/**
 * Builds a small U-Net to be taught by a large one: a {@link plainConvUnet} whose widths double from stage to stage. The
 * default, 4 stages from 8 channels on, has 121,610 parameters for 4 bands and 2 classes. Students that will compute in 8
 * bits should have `norm: 'batch'`: instance norms need statistics at run time, batch norms go into the convolutions.
 *
 * @param options stages, base width, and everything that `plainConvUnet` can be told
 * @throws LulcError as `plainConvUnet` does
 * @example
 * ```ts
 * import { studentUnet } from '@lulc/cloud-unet-kd';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const student = studentUnet({ stages: 3, base: 4, norm: 'batch', activation: 'relu', inputSize: 64 });
 * console.log(student.outputs[0].shape); // [null, 64, 64, 2]
 * ```
 */
export function studentUnet(options: StudentUnetOptions = {}): LayersModel {
  return plainConvUnet(studentOptions(options));
}
