import type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node';

/** Values with their shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** An ONNX file that ONNX Runtime has loaded. */
export interface OnnxProgram {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Runs it on values by input name. */
  run(inputs: Readonly<Record<string, Values>>): Promise<Readonly<Record<string, Values>>>;
}

type Runtime = typeof import('onnxruntime-node');

/** ONNX Runtime, or `undefined` where the optional dependency is not installed. */
export async function loadOnnxRuntime(): Promise<Runtime | undefined> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    if (process.env.CI !== undefined) throw error;
    return undefined;
  }
}

/** Loads a file; ONNX Runtime checks it in doing so. */
export async function onnxProgram(runtime: Runtime, bytes: Uint8Array): Promise<OnnxProgram> {
  const session: InferenceSession = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, { shape, data }]): [string, OnnxTensor] => [
        name,
        new runtime.Tensor('float32', data, shape),
      ]);
      const outputs = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
      );
    },
  };
}
