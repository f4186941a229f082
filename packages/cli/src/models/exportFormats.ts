import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Batch,
  LulcError,
  loadModel,
  type ProbabilityFunction,
  type Quantization,
  type SavedFile,
  saveGraphModel,
  saveModel,
} from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import { exportOnnx } from '@lulc/core/onnx';
import { io, type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Formats that `lulc models export` writes. */
export const exportFormats = ['onnx', 'graph', 'tfjs', 'safetensors'] as const;

/** One of them. */
export type ExportFormat = (typeof exportFormats)[number];

/** How a model is written. */
export interface ExportSettings {
  readonly quantize: Quantization | undefined;
  /** ONNX only. */
  readonly layout: 'nhwc' | 'nchw' | undefined;
}

/** A way to write a model, and to run what was written. */
interface Exporter {
  write(model: LayersModel, to: string, settings: ExportSettings): Promise<readonly SavedFile[]>;
  /** The written model, in the program that it was written for where that is another. */
  reopen(to: string, settings: ExportSettings): Promise<Reopened>;
}

/** A written model that can predict. */
export interface Reopened {
  readonly model: LayersModel | ProbabilityFunction;
  /** Frees it. */
  dispose(): void | Promise<void>;
}

/** All of them by name. */
export const exporters: { readonly [format in ExportFormat]: Exporter } = {
  onnx: { write: writeOnnx, reopen: reopenOnnx },
  graph: {
    write: async (model, to, { quantize }) => (await saveGraphModel(model, to, { quantize })).files,
    reopen: reopenGraph,
  },
  tfjs: {
    write: async (model, to, { quantize }) => (await saveModel(model, to, { format: 'tfjs', quantize })).files,
    reopen: (to) => reopenLayers(to, 'tfjs'),
  },
  safetensors: {
    write: async (model, to, { quantize }) => {
      if (quantize === 'int8') {
        throw new LulcError('invalid-argument', 'a safetensors file has no kernels of 8 bits', {
          where: { option: 'quantize' },
          hint: 'Use --quantize float16, or another format.',
        });
      }
      return (await saveModel(model, to, { format: 'safetensors', precision: quantize })).files;
    },
    reopen: (to) => reopenLayers(to, 'safetensors'),
  },
};

/**
 * The format that a target's name tells.
 *
 * @throws LulcError `invalid-argument` when it does not
 */
export function formatOfTarget(to: string): ExportFormat {
  if (to.endsWith('.onnx')) return 'onnx';
  if (to.endsWith('.safetensors')) return 'safetensors';
  throw new LulcError('invalid-argument', `'${to}' does not tell the format`, {
    where: { option: 'format' },
    hint: `Add --format: ${exportFormats.join(', ')}.`,
  });
}

async function writeOnnx(model: LayersModel, to: string, settings: ExportSettings): Promise<readonly SavedFile[]> {
  const bytes = await exportOnnx(model, settings);
  await writeAtomically(to, bytes);
  return [{ name: to, bytes: bytes.byteLength }];
}

async function reopenLayers(to: string, format: 'tfjs' | 'safetensors'): Promise<Reopened> {
  const model = await loadModel(to, { format });
  return { model, dispose: () => void model.dispose() };
}

async function reopenOnnx(to: string, { layout }: ExportSettings): Promise<Reopened> {
  const { run, dispose } = await openOnnx(to, layout);
  return { model: run, dispose };
}

/** An ONNX file in ONNX Runtime. */
export interface OnnxModel {
  /** Its output for a batch. */
  run(batch: Pick<Batch, 'images' | 'imageShape'>): Promise<Float32Array>;
  /** Frees it. */
  dispose(): Promise<void>;
}

/**
 * Opens an ONNX file.
 *
 * @param to the file
 * @param layout order of an image's axes in it; default nhwc
 * @throws LulcError `unavailable` when ONNX Runtime is not installed
 */
export async function openOnnx(to: string, layout?: ExportSettings['layout']): Promise<OnnxModel> {
  const runtime = await optional('onnxruntime-node', () => import('onnxruntime-node'));
  const session = await runtime.InferenceSession.create(to, { logSeverityLevel: 3 });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  return {
    run: async (batch) => {
      const { data, shape } = arranged(batch, layout);
      const outputs = await session.run({ [input]: new runtime.Tensor('float32', data, shape) });
      return outputs[output].data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

/** The images of a batch in the order of axes that a file takes, in memory of their own: ONNX Runtime takes no shared one. */
function arranged(
  { images, imageShape }: Pick<Batch, 'images' | 'imageShape'>,
  layout: ExportSettings['layout'],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  if (layout !== 'nchw') return { data: images.slice(), shape: imageShape };
  const [rows, height, width, bands] = imageShape;
  const data = tidy(() => transpose(tensor(images, [...imageShape]), [0, 3, 1, 2]).dataSync<'float32'>());
  return { data, shape: [rows, bands, height, width] };
}

async function reopenGraph(to: string): Promise<Reopened> {
  const { loadGraphModel } = await optional('@tensorflow/tfjs-converter', () => import('@tensorflow/tfjs-converter'));
  const main = (await stat(to)).isDirectory() ? join(to, 'model.json') : to;
  const model = await loadGraphModel({
    load: async () =>
      io.getModelArtifactsForJSON(JSON.parse(await readFile(main, 'utf8')) as io.ModelJSON, async (manifest) => {
        const paths = manifest.flatMap((group) => group.paths);
        const files = await Promise.all(paths.map((path) => readFile(join(dirname(main), path))));
        return [manifest.flatMap((group) => group.weights), new Uint8Array(Buffer.concat(files)).buffer];
      }),
  });
  return {
    model: async (batch) => {
      const probabilities = tidy(
        () => [model.predict(tensor(batch.images, [...batch.imageShape]))].flat()[0] as Tensor,
      );
      try {
        return await probabilities.data<'float32'>();
      } finally {
        probabilities.dispose();
      }
    },
    dispose: () => model.dispose(),
  };
}

async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new LulcError('unavailable', `what runs the written model is not installed: ${name}`, {
      hint: `npm install ${name}, or leave --data out.`,
      cause,
    });
  }
}
