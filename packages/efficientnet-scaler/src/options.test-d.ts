import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type CompoundCoefficients,
  type EfficientNetOptions,
  efficientNet,
  type ScaledEfficientNetOptions,
  type SearchOptions,
  scaledEfficientNet,
} from './index.js';

describe('options that there are', () => {
  it('are all optional, and give a model', () => {
    expectTypeOf(efficientNet()).toEqualTypeOf<LayersModel>();
    expectTypeOf(
      scaledEfficientNet({ preset: 'B7', orientation: 'swapped', ghost: 'intended', phi: 2 }),
    ).toEqualTypeOf<LayersModel>();
  });
  it('a score may take its time', () => {
    expectTypeOf<SearchOptions['score']>().toEqualTypeOf<
      (coefficients: CompoundCoefficients) => number | Promise<number>
    >();
  });
});

describe('options that there are not', () => {
  it('are refused by the compiler', () => {
    // @ts-expect-error there is no B8
    expectTypeOf<{ size: 'B8' }>().toExtend<EfficientNetOptions>();
    // @ts-expect-error bands are names, or their number
    expectTypeOf<{ bands: true }>().toExtend<EfficientNetOptions>();
    // @ts-expect-error there is no such attention
    expectTypeOf<{ attention: 'simam' }>().toExtend<ScaledEfficientNetOptions>();
    // @ts-expect-error there are two orientations
    expectTypeOf<{ orientation: 'depth' }>().toExtend<ScaledEfficientNetOptions>();
  });
});
