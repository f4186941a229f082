import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../fingerprint/fingerprintTypes.js';
import type { Plan, PlanOverride } from './plan.js';
import { overrule, planFor } from './planFor.js';
import { plansFromJson, plansToJson } from './plansFile.js';
import { reducePlan, trainingMultiplyAdds } from './reducePlan.js';

const intensities = {
  mean: 2000,
  median: 1900,
  std: 500,
  min: 0,
  max: 9000,
  percentile00_5: 100,
  percentile99_5: 8000,
};

function fingerprintOf(size: readonly [number, number], changes: Partial<Fingerprint> = {}): Fingerprint {
  const cases = 1000;
  return {
    dataset: 'clouds',
    bands: ['B04', 'B03', 'B02', 'B08'],
    classes: ['clear', 'cloud'],
    shapes: Array.from({ length: cases }, () => size),
    spacings: Array.from({ length: cases }, () => [1, 1] as const),
    medianRelativeSize: 1,
    hasIgnored: false,
    foreground: Array.from({ length: 4 }, () => intensities),
    overall: Array.from({ length: 4 }, () => ({ ...intensities, mean: 1000, std: 400 })),
    ...changes,
  };
}

const fingerprint = fingerprintOf([512, 512]);

describe('planFor', () => {
  // Patches, pools, widths, estimates and batches are compared with the golden plans in @lulc/conformance.
  it('trains as long and at such a rate as nnU-Net', () => {
    expect(planFor({ fingerprint })).toMatchObject({
      epochs: 1000,
      iterations: 250,
      validationIterations: 50,
      learningRate: 0.01,
      foregroundShare: 0.33,
      deepSupervision: true,
      maskedNormalization: true,
      changes: [],
    });
  });

  it('counts the unknown as one class more', () => {
    const plan = planFor({ fingerprint: fingerprintOf([512, 512], { hasIgnored: true }) });
    expect(plan.estimate - planFor({ fingerprint }).estimate).toBe(512 * 512);
  });

  it.each([
    ['image-z-score', 0.74, { scheme: 'image-z-score', nodata: 0 }],
    ['image-z-score', 0.76, { scheme: 'image-z-score' }],
    ['image-min-max', 0.5, { scheme: 'image-min-max' }],
  ] as const)("leaves margins out of %s by nnU-Net's rule when asked to: %d of the files", (name, size, expected) => {
    const data = fingerprintOf([512, 512], { medianRelativeSize: size });
    const plan = planFor({ fingerprint: data, normalization: name, variant: 'reference' });
    expect(plan.normalization).toEqual(Array.from({ length: 4 }, () => expected));
    expect(plan.maskedNormalization).toBe('nodata' in expected);
  });

  it.each([
    ['image-z-score', { scheme: 'image-z-score', nodata: 0 }],
    ['image-min-max', { scheme: 'image-min-max', nodata: 0 }],
    ['ct', { scheme: 'fixed', mean: 2000, std: 500, clip: [100, 8000] }],
    ['dataset', { scheme: 'fixed', mean: 1000, std: 400 }],
    ['none', { scheme: 'fixed', mean: 0, std: 1 }],
    ['divide-255', { scheme: 'fixed', mean: 0, std: 255 }],
  ] as const)('normalises by %s', (normalization, expected) => {
    expect(planFor({ fingerprint, normalization }).normalization).toEqual([expected, expected, expected, expected]);
  });

  it('takes a normalisation per band, by name or by numbers', () => {
    const named = planFor({ fingerprint, normalization: ['none', 'none', 'none', 'ct'] }).normalization;
    expect(named.map((band) => (band.scheme === 'fixed' ? band.mean : undefined))).toEqual([0, 0, 0, 2000]);
    const own = fingerprint.bands.map(() => ({ scheme: 'fixed', mean: 0, std: 10000 }) as const);
    expect(planFor({ fingerprint, normalization: own }).normalization).toBe(own);
  });

  it.each<[string, () => unknown, string]>([
    ['no cases', () => planFor({ fingerprint: { ...fingerprint, shapes: [], spacings: [] } }), 'invalid-argument'],
    ['no memory', () => planFor({ fingerprint, memoryGb: 0 }), 'invalid-argument'],
    ['memory for no patch', () => planFor({ fingerprint, memoryGb: 1e-9 }), 'invalid-argument'],
    ['too few normalisations', () => planFor({ fingerprint, normalization: ['none'] }), 'invalid-argument'],
    [
      'statistics that there are not',
      () => planFor({ fingerprint: { ...fingerprint, foreground: undefined }, normalization: 'ct' }),
      'incompatible',
    ],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }));
  });
});

describe('overruled', () => {
  const withOverrides = (...overrides: PlanOverride[]): Plan => planFor({ fingerprint, overrides });
  const byField = ({ changes }: Plan) => Object.fromEntries(changes.map((change) => [change.field, change]));

  it('what depends on a value follows it, as if it had been planned', () => {
    const plan = withOverrides({ field: 'patchSize', value: [256, 256], reason: 'small clouds' });
    const small = planFor({ fingerprint: fingerprintOf([256, 256]) });
    expect(plan).toMatchObject({ strides: small.strides, widths: small.widths, batchSize: 49 });
    expect(plan.estimate).toBe(small.estimate);
    expect(byField(plan)).toMatchObject({
      patchSize: { planned: [512, 512], value: [256, 256], reason: 'small clouds' },
      strides: { follows: true, reason: 'follows from patchSize' },
      batchSize: { planned: 12, value: 49, follows: true },
    });
  });

  it('what is overruled, too, does not follow', () => {
    const plan = withOverrides(
      { field: 'patchSize', value: [256, 256], reason: 'small clouds' },
      { field: 'batchSize', value: 4, reason: 'little memory' },
      { field: 'epochs', value: 10, reason: 'a trial' },
    );
    expect(plan).toMatchObject({ batchSize: 4, epochs: 10 });
    expect(byField(plan).batchSize).toEqual({ field: 'batchSize', planned: 12, value: 4, reason: 'little memory' });
  });

  it('stays overruled, and remembers what was planned, when more is', () => {
    const first = withOverrides({ field: 'widths', value: [8, 16, 32, 64, 64, 64, 64, 64], reason: 'a small one' });
    expect(first.batchSize).toBeGreaterThan(12);
    const second = overrule(first, [{ field: 'batchSize', value: 6, reason: 'a trial' }]);
    expect(second.widths).toEqual(first.widths);
    expect(byField(second)).toMatchObject({ widths: { reason: 'a small one' }, batchSize: { planned: 12, value: 6 } });
    const back = overrule(second, [{ field: 'batchSize', value: 12, reason: 'as planned' }]);
    expect(byField(back)).not.toHaveProperty('batchSize');
  });

  it('has as many stages as widths', () => {
    const reason = 'a small one';
    const plan = withOverrides({ field: 'widths', value: [16, 32, 64], reason });
    const pair = (n: number) => [n, n];
    expect(plan).toMatchObject({
      widths: [16, 32, 64],
      strides: [1, 2, 2].map(pair),
      kernels: [3, 3, 3].map(pair),
      pools: [2, 2],
      patchSize: [512, 512],
    });
    // spec 3.3 step 6: every map twice, in the encoder's stages but the last three times more, and the labels of the patch
    const maps = [16 * 512 ** 2, 32 * 256 ** 2, 64 * 128 ** 2];
    expect(plan.estimate).toBe(2 * (maps[0] + maps[1] + maps[2]) + 3 * (maps[0] + maps[1]) + 2 * 512 ** 2);
    expect(byField(plan)).toMatchObject({
      widths: { value: [16, 32, 64], reason },
      strides: { follows: true, reason: 'follows from widths' },
      batchSize: { follows: true, reason: 'follows from widths' },
    });
    expect(plansFromJson(plansToJson(plan, { fingerprint }))).toEqual(plan);
  });

  it('is a multiple of only so much as its stages need', () => {
    const odd = fingerprintOf([500, 502]);
    const widths = { field: 'widths', value: [16, 32], reason: '…' } as const;
    expect(planFor({ fingerprint: odd }).patchSize).toEqual([512, 512]);
    const planned = planFor({ fingerprint: odd, overrides: [widths] });
    expect(planned.patchSize).toEqual([500, 502]);
    expect(byField(planned).patchSize).toMatchObject({ planned: [512, 512], reason: 'follows from widths' });
    const asked = withOverrides({ field: 'patchSize', value: [130, 98], reason: 'a strip' }, widths);
    expect(asked).toMatchObject({ patchSize: [130, 98], pools: [1, 1], widths: [16, 32] });
    expect(() => withOverrides({ field: 'patchSize', value: [131, 98], reason: 'a strip' }, widths)).toThrow(
      /cannot be halved 1 and 1 times.*132 x 98/,
    );
    expect(() =>
      withOverrides(
        { field: 'patchSize', value: [16, 64], reason: 'a strip' },
        { ...widths, value: [8, 8, 8, 8, 8, 8] },
      ),
    ).toThrow(/6 widths, but a patch of 16 x 64 allows 4 stages/);
  });

  it.each(['v1', 'v2'] as const)('of as many widths as planned is planned as before: %s', (version) => {
    for (const size of [
      [500, 300],
      [2000, 1800],
      [33, 47],
    ] as const) {
      const data = fingerprintOf(size);
      const plan = planFor({ fingerprint: data, version });
      const override: PlanOverride = { field: 'widths', value: plan.widths, reason: 'the same' };
      expect(planFor({ fingerprint: data, version, overrides: [override] })).toEqual(plan);
    }
  });

  it.each<[string, PlanOverride, RegExp]>([
    ['a patch that cannot be halved', { field: 'patchSize', value: [500, 500], reason: '…' }, /512 x 512/],
    [
      'more widths than a patch has stages',
      { field: 'widths', value: [8, 8, 8, 8, 8, 8, 8, 8, 8], reason: '…' },
      /9 widths, but a patch of 512 x 512 allows 8 stages.*fewer than 4 pixels.*at most 8 widths/,
    ],
    ['one width', { field: 'widths', value: [8], reason: '…' }, /at least two stages/],
    [
      'strides of 3',
      {
        field: 'strides',
        value: [
          [1, 1],
          [3, 3],
        ],
        reason: '…',
      },
      /strides are 1 or 2/,
    ],
    ['a batch of 0', { field: 'batchSize', value: 0, reason: '…' }, /batchSize/],
    ['a share above 1', { field: 'foregroundShare', value: 1.5, reason: '…' }, /foregroundShare/],
    ['no reason', { field: 'epochs', value: 5, reason: ' ' }, /without a reason/],
    ['a value that is not planned', { field: 'colour', value: 5, reason: '…' } as never, /colour/],
  ])('refuses %s', (_, override, message) => {
    expect(() => withOverrides(override)).toThrow(message);
  });
});

describe('reduced', () => {
  const plan = planFor({ fingerprint });

  it('comes back as it is when there is time', () => {
    expect(reducePlan(plan, { minutes: 1e9, gmacPerSecond: 1000 })).toBe(plan);
  });

  it.each([
    [10, 20],
    [120, 50],
    [5000, 1000],
  ])('fits into %i minutes at %i GMAC/s, and takes most of them', (minutes, gmacPerSecond) => {
    const reduced = reducePlan(plan, { minutes, gmacPerSecond });
    const spent = trainingMultiplyAdds(reduced).all / (minutes * 60 * gmacPerSecond * 1e9);
    expect(spent).toBeLessThanOrEqual(1);
    expect(spent).toBeGreaterThan(0.75);
    expect(reduced.epochs * reduced.iterations).toBeGreaterThanOrEqual(900);
    expect(reduced.epochs).toBeGreaterThanOrEqual(19);
    expect(reduced.batchSize).toBeLessThanOrEqual(plan.batchSize);
    for (const { reason, follows } of reduced.changes) if (!follows) expect(reason).toContain(`${minutes} min`);
  });

  it('leaves alone what somebody settled', () => {
    const settled = overrule(plan, [
      { field: 'patchSize', value: [256, 256], reason: 'small clouds' },
      { field: 'iterations', value: 100, reason: 'short epochs' },
    ]);
    const reduced = reducePlan(settled, { minutes: 10, gmacPerSecond: 100 });
    expect(reduced).toMatchObject({ patchSize: [256, 256], iterations: 100 });
    expect(reduced.changes.find(({ field }) => field === 'patchSize')?.reason).toBe('small clouds');
  });

  it('leaves a patch as large as the widths that somebody settled need', () => {
    const many = overrule(plan, [{ field: 'widths', value: [8, 8, 8, 8, 8, 8, 8, 8], reason: 'deep' }]);
    const deep = reducePlan(many, { minutes: 1, gmacPerSecond: 20 });
    expect(deep).toMatchObject({ widths: many.widths, patchSize: [512, 512] });
    const few = overrule(plan, [{ field: 'widths', value: [32, 64, 128], reason: 'flat' }]);
    const flat = reducePlan(few, { minutes: 1, gmacPerSecond: 20 });
    expect(flat.widths).toEqual([32, 64, 128]);
    expect(flat.patchSize[0]).toBeLessThan(512);
  });

  it('takes the smallest network there is when even that is long', () => {
    const reduced = reducePlan(plan, { minutes: 0.2, gmacPerSecond: 5 });
    expect(reduced).toMatchObject({ batchSize: 2, patchSize: [64, 64] });
    expect(Math.min(...reduced.widths)).toBe(8);
    expect(() => reducePlan(plan, { minutes: 1e-6, gmacPerSecond: 1 })).toThrow(/not even one epoch/);
  });

  it('counts a step as three passes', () => {
    const { step, epoch, all } = trainingMultiplyAdds(plan);
    // Spec 7: 59.8 GMAC per chip.
    expect(step / 12 / 3 / 1e9).toBeCloseTo(59.8, 1);
    expect(epoch).toBe(250 * step + (50 * step) / 3);
    expect(all).toBe(1000 * epoch);
  });
});

describe('plans.json', () => {
  it('comes back as it was written, changes and all', () => {
    const plans = [
      planFor({ fingerprint }),
      planFor({ fingerprint, version: 'v1', normalization: ['ct', 'dataset', 'none', 'image-min-max'] }),
      reducePlan(planFor({ fingerprint, normalization: 'dataset' }), { minutes: 10, gmacPerSecond: 20 }),
    ];
    for (const plan of plans) expect(plansFromJson(plansToJson(plan, { fingerprint }))).toEqual(plan);
  });

  it('remembers what was edited in it', () => {
    const plan = planFor({ fingerprint });
    const content = JSON.parse(plansToJson(plan, { fingerprint }));
    content.configurations['2d'].batch_size = 5;
    const read = plansFromJson(JSON.stringify(content), { dataset: 'others' });
    const change = { field: 'batchSize', planned: 12, value: 5, reason: 'edited in plans.json' };
    expect(read).toEqual({ ...plan, dataset: 'others', batchSize: 5, changes: [change] });
    content.lulc.strides = 'none';
    expect(() => plansFromJson(JSON.stringify(content))).toThrow(expect.objectContaining({ code: 'corrupt-file' }));
  });

  it("has nnU-Net's fields", () => {
    const { lulc, ...theirs } = JSON.parse(plansToJson(planFor({ fingerprint }), { fingerprint }));
    expect(lulc.version).toBe('v2');
    expect(theirs).toMatchObject({
      dataset_name: 'clouds',
      plans_name: 'nnUNetPlans',
      original_median_spacing_after_transp: [999, 1, 1],
      original_median_shape_after_transp: [1, 512, 512],
      transpose_forward: [0, 1, 2],
      foreground_intensity_properties_per_channel: { 3: { percentile_99_5: 8000 } },
    });
    expect(theirs.configurations['2d']).toMatchObject({
      data_identifier: 'nnUNetPlans_2d',
      batch_size: 12,
      patch_size: [512, 512],
      normalization_schemes: Array.from({ length: 4 }, () => 'ZScoreNormalization'),
      use_mask_for_norm: [true, true, true, true],
      architecture: { arch_kwargs: { n_stages: 8, n_conv_per_stage_decoder: [2, 2, 2, 2, 2, 2, 2] } },
      batch_dice: true,
    });
  });

  it('tells nnU-Net fixed numbers as those of CT', () => {
    const plan = planFor({ fingerprint, normalization: 'dataset' });
    const { lulc, ...theirs } = JSON.parse(plansToJson(plan, { fingerprint }));
    expect(theirs.foreground_intensity_properties_per_channel[0]).toMatchObject({ mean: 1000, std: 400, median: 1900 });
    const read = plansFromJson(JSON.stringify(theirs), { classes: ['clear', 'cloud'] });
    expect(read.normalization).toEqual(plan.normalization);
    expect(lulc.normalization).toEqual(plan.normalization);
  });

  it.each(['corrected', 'reference'] as const)(
    'says which pixels z-scores are of, in its own words and in theirs: %s',
    (variant) => {
      const plan = planFor({ fingerprint, variant });
      const text = plansToJson(plan, { fingerprint });
      expect(plansFromJson(text)).toEqual(plan);
      const { lulc: _, ...theirs } = JSON.parse(text);
      const masked = variant === 'corrected';
      expect(theirs.configurations['2d'].use_mask_for_norm).toEqual([masked, masked, masked, masked]);
      const read = plansFromJson(JSON.stringify(theirs), { classes: ['clear', 'cloud'] });
      expect([read.normalization, read.maskedNormalization]).toEqual([plan.normalization, masked]);
    },
  );

  /** The layout of plans before networks were described by `architecture`, as StenUNet published them. */
  const older = {
    dataset_name: 'Dataset012_sten',
    plans_name: 'nnUNetPlans',
    configurations: {
      '2d': {
        data_identifier: 'nnUNetPlans_2d',
        batch_size: 12,
        patch_size: [512, 512],
        median_image_size_in_voxels: [512, 512],
        spacing: [1, 1],
        normalization_schemes: ['ZScoreNormalization'],
        use_mask_for_norm: [false],
        UNet_class_name: 'PlainConvUNet',
        UNet_base_num_features: 32,
        unet_max_num_features: 512,
        n_conv_per_stage_encoder: [2, 2, 2, 2, 2, 2, 2, 2],
        n_conv_per_stage_decoder: [2, 2, 2, 2, 2, 2, 2],
        pool_op_kernel_sizes: [[1, 1], ...Array.from({ length: 7 }, () => [2, 2])],
        conv_kernel_sizes: Array.from({ length: 8 }, () => [3, 3]),
      },
      mine: { inherits_from: '2d', batch_size: 3 },
    },
    foreground_intensity_properties_per_channel: {},
  };
  const read = (content: object, configuration?: string) =>
    plansFromJson(JSON.stringify(content), {
      classes: ['background', 'vessel'],
      ...(configuration && { configuration }),
    });

  it('is read in the older layout, with what a configuration inherits', () => {
    expect(read(older)).toMatchObject({
      dataset: 'Dataset012_sten',
      widths: [32, 64, 128, 256, 512, 512, 512, 512],
      pools: [7, 7],
      estimate: 82_624_512,
      batchSize: 12,
      classes: ['background', 'vessel'],
    });
    expect(read(older, 'mine')).toMatchObject({ batchSize: 3, patchSize: [512, 512] });
  });

  const changed = (changes: object) => ({
    ...older,
    configurations: { '2d': { ...older.configurations['2d'], ...changes } },
  });
  it.each<[string, object, string]>([
    ['another network', changed({ UNet_class_name: 'ResidualEncoderUNet' }), 'unsupported-file'],
    ['three convolutions', changed({ n_conv_per_stage_decoder: [3, 3, 3, 3, 3, 3, 3] }), 'unsupported-file'],
    ['volumes', changed({ patch_size: [64, 128, 128] }), 'unsupported-file'],
    ['an unknown normalisation', changed({ normalization_schemes: ['Mine'] }), 'unsupported-file'],
    ['CT without numbers', changed({ normalization_schemes: ['CTNormalization'] }), 'unsupported-file'],
    ['kernels of other stages', changed({ conv_kernel_sizes: [[3, 3]] }), 'corrupt-file'],
    ['a patch that cannot be halved', changed({ patch_size: [500, 512] }), 'invalid-argument'],
    ['a batch that is a text', changed({ batch_size: 'many' }), 'corrupt-file'],
    ['no 2D configuration', { ...older, configurations: { '3d_fullres': {} } }, 'unknown-name'],
    [
      'configurations that inherit from each other',
      { ...older, configurations: { '2d': { inherits_from: 'b' }, b: { inherits_from: '2d' } } },
      'corrupt-file',
    ],
  ])('is refused with %s', (_, content, code) => {
    expect(() => read(content)).toThrow(expect.objectContaining({ code }));
  });

  it('needs the classes from somewhere', () => {
    expect(() => plansFromJson(JSON.stringify(older))).toThrow(/classes/);
  });
});
