import { type BandNormalization, LulcError, type Normalization } from '@lulc/core';
import {
  type DatasetNames,
  intensitiesFromJson,
  intensitiesToJson,
  ownField,
  stackSpacing,
} from '../fingerprint/fingerprintFile.js';
import type { Fingerprint, IntensityProperties } from '../fingerprint/fingerprintTypes.js';
import { type JsonRecord, readJson } from '../json.js';
import { checkPlanValues } from './checkPlan.js';
import { marginValue } from './normalizations.js';
import type { Plan, PlanChange, PlanOverride } from './plan.js';
import { fixedTraining, masksZScores, networkEstimate, overrule } from './planFor.js';
import { doubling } from './rules.js';
import type { Pair } from './topology.js';

/** Options of {@link plansToJson}. */
export interface PlansToJsonOptions {
  /** The fingerprint that the plan was made from: nnU-Net keeps its foreground intensities with the plans. */
  readonly fingerprint: Pick<Fingerprint, 'foreground'>;
  /** nnU-Net's name of these plans. Default `'nnUNetPlans'`. */
  readonly plansName?: string;
}

/** Options of {@link plansFromJson}: what nnU-Net keeps elsewhere, and which configuration is meant. */
export interface PlansFromJsonOptions extends DatasetNames {
  /** Default `'2d'`. */
  readonly configuration?: string;
  /** Training cases. Default: as written here, else 1. */
  readonly cases?: number;
}

const fileName = 'plans.json';
const resampling = 'resample_data_or_seg_to_shape';
const plainConvUnetClass = 'dynamic_network_architectures.architectures.unet.PlainConvUNet';
/** Convolutions per stage, of encoder and decoder. */
const convolutions = 2;
/** nnU-Net's planner of each version. */
const planners = { v2: 'ExperimentPlanner', v1: 'ExperimentPlanner2D_v21' } as const;

/**
 * The text of a `plans.json` (nnU-Net v2 calls it `nnUNetPlans.json` among preprocessed data) with the one configuration
 * `2d`. What nnU-Net has no place for – names, training length, changes and their reasons – stands in a field of its own,
 * which nnU-Net passes over.
 *
 * nnU-Net scales a channel by fixed numbers only as CT: it takes them from the foreground intensities, so those of such a
 * band are replaced by the plan's. Without limits in the plan, the largest numbers there are become limits.
 *
 * @param plan see `planFor`
 * @param options fingerprint and name
 */
export function plansToJson(plan: Plan, { fingerprint, plansName = 'nnUNetPlans' }: PlansToJsonOptions): string {
  const { version, dataset, strides, kernels, widths, patchSize, batchSize, medianSize, spacing, normalization } = plan;
  const stages = strides.length;
  const resampler = (isSeg: boolean, order: number) => ({
    is_seg: isSeg,
    order,
    order_z: 0,
    force_separate_z: null,
  });
  const schemes = normalization.map(schemeName);
  const content = {
    dataset_name: dataset,
    plans_name: plansName,
    original_median_spacing_after_transp: [stackSpacing, ...spacing],
    original_median_shape_after_transp: [1, ...medianSize.map(Math.round)],
    image_reader_writer: 'NaturalImage2DIO',
    transpose_forward: [0, 1, 2],
    transpose_backward: [0, 1, 2],
    configurations: {
      '2d': {
        data_identifier: `${plansName}_2d`,
        preprocessor_name: 'DefaultPreprocessor',
        batch_size: batchSize,
        patch_size: patchSize,
        median_image_size_in_voxels: medianSize,
        spacing,
        normalization_schemes: schemes,
        use_mask_for_norm: normalization.map((band) => band.scheme === 'image-z-score' && band.nodata !== undefined),
        resampling_fn_data: resampling,
        resampling_fn_seg: resampling,
        resampling_fn_data_kwargs: resampler(false, 3),
        resampling_fn_seg_kwargs: resampler(true, 1),
        resampling_fn_probabilities: resampling,
        resampling_fn_probabilities_kwargs: resampler(false, 1),
        architecture: {
          network_class_name: plainConvUnetClass,
          arch_kwargs: {
            n_stages: stages,
            features_per_stage: widths,
            conv_op: 'torch.nn.modules.conv.Conv2d',
            kernel_sizes: kernels,
            strides,
            n_conv_per_stage: widths.map(() => convolutions),
            n_conv_per_stage_decoder: widths.slice(1).map(() => convolutions),
            conv_bias: true,
            norm_op: 'torch.nn.modules.instancenorm.InstanceNorm2d',
            norm_op_kwargs: { eps: 1e-5, affine: true },
            dropout_op: null,
            dropout_op_kwargs: null,
            nonlin: 'torch.nn.LeakyReLU',
            nonlin_kwargs: { inplace: true },
          },
          _kw_requires_import: ['conv_op', 'norm_op', 'dropout_op', 'nonlin'],
        },
        batch_dice: true,
      },
    },
    experiment_planner_used: planners[version],
    label_manager: 'LabelManager',
    foreground_intensity_properties_per_channel: intensitiesToJson(
      normalization.map((band, i) => ({ ...(fingerprint.foreground?.[i] ?? unknownIntensities), ...ctNumbers(band) })),
    ),
    [ownField]: plan,
  };
  return `${JSON.stringify(content, null, 4)}\n`;
}

/** What stands for intensities of a dataset without foreground. */
const unknownIntensities: IntensityProperties = {
  mean: 0,
  median: 0,
  std: 1,
  min: 0,
  max: 0,
  percentile00_5: 0,
  percentile99_5: 0,
};

const isFixed = (band: BandNormalization, mean: number, std: number): boolean =>
  band.scheme === 'fixed' && band.mean === mean && band.std === std && band.clip === undefined;

function schemeName(band: BandNormalization): string {
  if (band.scheme === 'image-z-score') return 'ZScoreNormalization';
  if (band.scheme === 'image-min-max') return 'RescaleTo01Normalization';
  if (isFixed(band, 0, 1)) return 'NoNormalization';
  return isFixed(band, 0, 255) ? 'RGBTo01Normalization' : 'CTNormalization';
}

const largestFloat32 = 3.4028234663852886e38;

function ctNumbers(band: BandNormalization): Partial<IntensityProperties> {
  if (band.scheme !== 'fixed' || schemeName(band) !== 'CTNormalization') return {};
  const [low, high] = band.clip ?? [-largestFloat32, largestFloat32];
  return { mean: band.mean, std: band.std, percentile00_5: low, percentile99_5: high };
}

/**
 * Reads a `plans.json`: one written here, or nnU-Net v2's own of images, in the layout of today (`architecture`) or the one before.
 *
 * @param text of the file
 * @param options names of bands and classes, which nnU-Net keeps in `dataset.json`; configuration
 * @throws LulcError `corrupt-file`; `unknown-name` for a configuration that is not there; `unsupported-file` for volumes and
 *   for networks other than the PlainConvUNet with two convolutions per stage; `invalid-argument` without classes
 */
export function plansFromJson(text: string, options: PlansFromJsonOptions = {}): Plan {
  const file = readJson(text, fileName);
  const configuration = configurationOf(file, options.configuration ?? '2d');
  const own = file.has(ownField) ? ownPlan(file.record(ownField)) : undefined;
  const normalization = normalizationOf(configuration, file);
  const classes = options.classes ?? own?.classes;
  if (classes === undefined) {
    throw new LulcError('invalid-argument', 'the classes are not known', {
      where: { option: 'classes' },
      hint: 'They stand in dataset.json, beside the labels.',
    });
  }
  const names = {
    dataset: options.dataset ?? file.text('dataset_name'),
    classes,
    bands: options.bands ?? own?.bands ?? normalization.map((_, i) => `band ${i}`),
    cases: options.cases ?? own?.cases ?? 1,
  };
  const network = {
    ...networkOf(configuration),
    patchSize: pairOf(configuration, 'patch_size'),
    batchSize: configuration.number('batch_size'),
  };
  if (own !== undefined) return edited({ ...own, ...names }, network);
  const plan = {
    ...fixedTraining,
    ...names,
    ...network,
    version: 'v2' as const,
    memoryGb: 8,
    hasIgnored: false,
    changes: [],
    medianSize: pairOf(configuration, 'median_image_size_in_voxels'),
    spacing: pairOf(configuration, 'spacing'),
    normalization,
    maskedNormalization: masksZScores(normalization),
    pools: poolsOf(network.strides),
  };
  checkPlanValues(plan);
  return { ...plan, estimate: networkEstimate(plan) };
}

/** A plan written here whose fields of nnU-Net somebody may have changed since. */
function edited(own: Plan, network: Pick<Plan, 'strides' | 'widths' | 'patchSize' | 'batchSize'>): Plan {
  checkPlanValues(own);
  const fields = ['patchSize', 'strides', 'widths', 'batchSize'] as const;
  const edits = fields.filter((field) => JSON.stringify(own[field]) !== JSON.stringify(network[field]));
  const reason = `edited in ${fileName}`;
  return overrule(
    own,
    edits.map((field) => ({ field, value: network[field], reason }) as PlanOverride),
  );
}

/** A configuration with what it inherits. */
function configurationOf(file: JsonRecord, name: string, seen: readonly string[] = []): JsonRecord {
  const all = file.record('configurations');
  if (!all.has(name)) {
    throw new LulcError('unknown-name', `no configuration '${name}'`, {
      where: { file: fileName },
      hint: `There are: ${all.fields.join(', ')}.`,
    });
  }
  const own = all.record(name);
  if (!own.has('inherits_from')) return own;
  const parent = own.text('inherits_from');
  if (seen.includes(parent)) {
    throw new LulcError('corrupt-file', 'configurations inherit from each other', { where: { file: fileName, name } });
  }
  const inherited = configurationOf(file, parent, [...seen, name]);
  return readJson(JSON.stringify({ ...inherited.value, ...own.value }), fileName);
}

interface Network {
  readonly strides: readonly Pair[];
  readonly kernels: readonly Pair[];
  readonly widths: readonly number[];
}

function networkOf(configuration: JsonRecord): Network {
  const isNew = configuration.has('architecture');
  const architecture = isNew ? configuration.record('architecture') : configuration;
  const name = architecture.text(isNew ? 'network_class_name' : 'UNet_class_name');
  if (name.split('.').at(-1) !== 'PlainConvUNet') unsupported(`a network of class ${name}`);
  const kwargs = isNew ? architecture.record('arch_kwargs') : architecture;
  const strides = pairsOf(kwargs, isNew ? 'strides' : 'pool_op_kernel_sizes');
  const kernels = pairsOf(kwargs, isNew ? 'kernel_sizes' : 'conv_kernel_sizes');
  const widths = isNew
    ? kwargs.numbers('features_per_stage')
    : doubling(kwargs.number('UNet_base_num_features'), kwargs.number('unet_max_num_features'), strides.length);
  const perStage = [isNew ? 'n_conv_per_stage' : 'n_conv_per_stage_encoder', 'n_conv_per_stage_decoder'];
  if (perStage.flatMap((field) => kwargs.numbers(field)).some((count) => count !== convolutions)) {
    unsupported('a network with other than two convolutions per stage');
  }
  if (kernels.length !== strides.length) {
    throw new LulcError('corrupt-file', `${kernels.length} kernels for ${strides.length} strides`, {
      where: { file: fileName },
    });
  }
  return { strides, kernels, widths };
}

function normalizationOf(configuration: JsonRecord, file: JsonRecord): Normalization {
  const intensities = intensitiesFromJson(file, 'foreground_intensity_properties_per_channel');
  const masked = configuration.list('use_mask_for_norm');
  return configuration.texts('normalization_schemes').map((name, i): BandNormalization => {
    switch (name) {
      case 'ZScoreNormalization':
        return { scheme: 'image-z-score', ...(masked[i] === true ? { nodata: marginValue } : {}) };
      case 'RescaleTo01Normalization':
        return { scheme: 'image-min-max' };
      case 'NoNormalization':
        return { scheme: 'fixed', mean: 0, std: 1 };
      case 'RGBTo01Normalization':
        return { scheme: 'fixed', mean: 0, std: 255 };
      case 'CTNormalization': {
        const band = intensities?.[i];
        if (band === undefined) break;
        const { mean, std, percentile00_5, percentile99_5 } = band;
        const isOpen = percentile00_5 === -largestFloat32 && percentile99_5 === largestFloat32;
        return { scheme: 'fixed', mean, std, ...(isOpen ? {} : { clip: [percentile00_5, percentile99_5] }) };
      }
    }
    return unsupported(`normalisation ${name} of channel ${i}`);
  });
}

/** The plan itself, as it was written here; every field is checked for its type. */
function ownPlan(own: JsonRecord): Plan {
  const version = own.text('version');
  if (version !== 'v1' && version !== 'v2') return unsupported(`a plan of version ${version}`);
  return {
    version,
    dataset: own.text('dataset'),
    bands: own.texts('bands'),
    classes: own.texts('classes'),
    medianSize: pairOf(own, 'medianSize'),
    spacing: pairOf(own, 'spacing'),
    maskedNormalization: own.flag('maskedNormalization'),
    hasIgnored: own.flag('hasIgnored'),
    pools: pairOf(own, 'pools'),
    kernels: pairsOf(own, 'kernels'),
    strides: pairsOf(own, 'strides'),
    widths: own.numbers('widths'),
    patchSize: pairOf(own, 'patchSize'),
    normalization: own.records('normalization').map(bandNormalization),
    deepSupervision: own.flag('deepSupervision'),
    changes: own.records('changes').map(changeOf),
    cases: own.number('cases'),
    estimate: own.number('estimate'),
    memoryGb: own.number('memoryGb'),
    batchSize: own.number('batchSize'),
    epochs: own.number('epochs'),
    iterations: own.number('iterations'),
    validationIterations: own.number('validationIterations'),
    learningRate: own.number('learningRate'),
    foregroundShare: own.number('foregroundShare'),
  };
}

function bandNormalization(band: JsonRecord): BandNormalization {
  const scheme = band.text('scheme');
  if (scheme === 'image-z-score' || scheme === 'image-min-max') {
    return { scheme, ...(band.has('nodata') ? { nodata: band.number('nodata') } : {}) };
  }
  if (scheme !== 'fixed') return unsupported(`normalisation ${scheme}`);
  const numbers = { scheme, mean: band.number('mean'), std: band.number('std') } as const;
  return band.has('clip') ? { ...numbers, clip: pairOf(band, 'clip') } : numbers;
}

/** What was planned and what holds instead are told, not used: they are of as many types as there are fields. */
function changeOf(change: JsonRecord): PlanChange {
  const told = { field: change.text('field'), reason: change.text('reason') };
  if (change.has('follows')) change.flag('follows');
  return { ...change.value, ...told } as unknown as PlanChange;
}

function pairOf(record: JsonRecord, field: string): Pair {
  const numbers = record.numbers(field);
  if (numbers.length !== 2) unsupported(`a configuration of ${numbers.length} axes`);
  return [numbers[0], numbers[1]];
}

function pairsOf(record: JsonRecord, field: string): readonly Pair[] {
  return record.rows(field).map((row) => (row.length === 2 ? [row[0], row[1]] : unsupported(`${row.length} axes`)));
}

const poolsOf = (strides: readonly Pair[]): Pair => {
  const halvings = (axis: 0 | 1): number => strides.reduce((count, stride) => count + Math.log2(stride[axis]), 0);
  return [halvings(0), halvings(1)];
};

function unsupported(what: string): never {
  throw new LulcError('unsupported-file', `${what} is not known here`, {
    where: { file: fileName },
    hint: 'What is read are 2D configurations of the PlainConvUNet, nnU-Net’s default.',
  });
}
