import { compareQuantized, LulcError, type Quantization, type QuantizationReport } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';
import { loadConfig, type Override } from '../config/load.js';
import { type ExportFormat, type ExportSettings, exporters, formatOfTarget } from '../models/exportFormats.js';
import { openModel } from '../models/openModel.js';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';
import { sourceForModel } from '../run/sourceForModel.js';
import { textTable } from '../tables/textTable.js';

/** Flags of `lulc models export`. */
export interface ModelsExportFlags {
  readonly to: string;
  readonly format: ExportFormat | undefined;
  readonly quantize: Quantization | undefined;
  readonly layout: 'nhwc' | 'nchw' | undefined;
  readonly config: string | undefined;
  readonly split: string | undefined;
  readonly batchSize: number;
  readonly overrides: readonly Override[];
}

/** `lulc models export <model>`: writes it, and says what it costs in accuracy when there are data to see that on. */
export async function modelsExport(
  context: CommandContext,
  name: string,
  flags: ModelsExportFlags,
): Promise<undefined> {
  const format = flags.format ?? formatOfTarget(flags.to);
  if (flags.layout !== undefined && format !== 'onnx') {
    throw new LulcError('invalid-argument', `only ONNX files have a layout, not '${format}'`, {
      where: { option: 'layout' },
    });
  }
  const settings: ExportSettings = { quantize: flags.quantize, layout: flags.layout };
  const config = hasData(flags)
    ? await loadConfig({ file: flags.config, overrides: flags.overrides, env: context.env })
    : undefined;
  const { model, saved } = await openModel(name, (warning) => context.log(`warning: ${warning.message}`));
  try {
    if (!saved) context.log(`'${name}' is a network of the zoo: its weights are random`);
    const files = await exporters[format].write(model, flags.to, settings);
    const comparison = config === undefined ? null : await compare(model, name, format, settings, flags, config);
    const result = {
      model: name,
      trained: saved,
      to: flags.to,
      format,
      quantize: flags.quantize ?? null,
      bytes: files.reduce((total, file) => total + file.bytes, 0),
      bytesInFloat32: 4 * countParameters(model).total,
      files,
      comparison,
    };
    context.result(result, () => exportText(result));
  } finally {
    model.dispose();
  }
  return undefined;
}

/** Data are named by a configuration or by flags; without any, nothing is compared. */
const hasData = ({ config, overrides }: ModelsExportFlags): boolean => config !== undefined || overrides.length > 0;

async function compare(
  model: LayersModel,
  name: string,
  format: ExportFormat,
  settings: ExportSettings,
  { to, split: asked, batchSize }: ModelsExportFlags,
  settingsOfData: Config,
): Promise<QuantizationReport> {
  const config: Config = { ...settingsOfData, training: { ...settingsOfData.training, batchSize } };
  const split = asked ?? config.data.splits.test;
  if (split === null) {
    throw new LulcError('invalid-argument', 'the configuration has no test part', { hint: 'Name one with --split.' });
  }
  const written = await exporters[format].reopen(to, settings);
  try {
    const source = await sourceForModel(model, name, split, config);
    const { threshold, zeroSupport } = config.training;
    return await compareQuantized(model, written.model, source, { threshold, zeroSupport }).finally(() =>
      source.close(),
    );
  } finally {
    await written.dispose();
  }
}

interface ExportResult {
  readonly to: string;
  readonly format: ExportFormat;
  readonly bytes: number;
  readonly bytesInFloat32: number;
  readonly comparison: QuantizationReport | null;
}

function exportText({ to, format, bytes, bytesInFloat32, comparison }: ExportResult): string {
  const share = ((100 * bytes) / bytesInFloat32).toFixed(0);
  const written = `${to}: ${format}, ${bytes.toLocaleString('en')} bytes (${share} % of the weights in float32)`;
  if (comparison === null) return written;
  const { samples, maxDifference, meanDifference, agreement, metrics } = comparison;
  return [
    written,
    `on ${samples} samples: ${(100 * agreement).toFixed(2)} % of decisions agree, probabilities differ by ${meanDifference.toExponential(2)} in the mean, ${maxDifference.toExponential(2)} at most`,
    '',
    textTable(
      ['metric', 'model', 'written', 'difference'],
      Object.entries(metrics).map(([metric, { original, quantized, delta }]) => [
        metric,
        original.toFixed(4),
        quantized.toFixed(4),
        delta.toFixed(4),
      ]),
    ),
  ].join('\n');
}
