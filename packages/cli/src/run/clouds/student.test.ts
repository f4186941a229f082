import { planFor } from '@lulc/cloud-unet-kd';
import { useEngine } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloudsSchema } from '../../config/clouds.js';
import { plannedStudent } from './student.js';

beforeAll(() => useEngine('cpu'));

const shapes = Array.from({ length: 30 }, () => [256, 256] as const);
const teacher = planFor({
  fingerprint: {
    dataset: 'chips',
    bands: ['B04', 'B03', 'B02', 'B08'],
    classes: ['clear', 'cloud'],
    shapes,
    spacings: shapes.map(() => [1, 1] as const),
    medianRelativeSize: 1,
    hasIgnored: false,
    foreground: undefined,
    overall: undefined,
  },
});
const student = (settings: object) =>
  plannedStudent(teacher, cloudsSchema.parse({ data: { path: 'chips' }, student: settings }).student);

describe('plannedStudent', () => {
  it('learns by AdamW at its own rate, or as the teacher does', () => {
    const { plan, overrides } = student({});
    expect(overrides).toMatchObject([{ field: 'optimizer', value: { name: 'adamw' } }]);
    expect(plan.learningRate).toBe(0.003);
    const same = student({ optimizer: 'sgd' });
    expect(same.overrides).toEqual([]);
    expect(same.plan.learningRate).toBe(teacher.learningRate);
  });

  it.each(['adamw', 'sgd'])('takes the rate that is given, with %s', (optimizer) => {
    expect(student({ optimizer, learningRate: 0.5 }).plan.learningRate).toBe(0.5);
  });

  it('has the shape that is given, and is the teacher but for that', () => {
    const { plan, style, build } = student({ stages: 3, base: 4, norm: 'instance' });
    expect(plan).toMatchObject({ widths: [4, 8, 16], patchSize: teacher.patchSize, epochs: teacher.epochs });
    expect(style).toMatchObject({ norm: 'instance', activation: 'leaky-relu' });
    expect(build(1).countParams()).toBe(7670);
  });
});
