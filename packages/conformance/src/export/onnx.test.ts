import { featureModel, logitsModel, useEngine } from '@lulc/core';
import { exportOnnx } from '@lulc/core/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { inputsOf, largestDifference, predictions } from './compare.js';
import { onnxSuite, tolerance } from './exportSuites.js';
import { loadOnnxRuntime, onnxProgram } from './onnxRuntime.js';
import { randomise } from './randomise.js';
import { smallModels } from './smallModels.js';

const runtime = await loadOnnxRuntime();

beforeAll(() => useEngine('wasm'));

onnxSuite(smallModels);

describe.skipIf(runtime === undefined)('in ONNX Runtime, with options', () => {
  it.each([
    { opset: 17, foldBatchNorm: false },
    { opset: 18, batchSize: 2 },
    { opset: 19 },
    { opset: 20 },
    { opset: 21, foldBatchNorm: false },
  ] as const)('%o gives the same', async (options) => {
    for (const name of ['wide ResNet with CBAM, as published', 'mixer, as published', "TensorFlow.js' own layers"]) {
      const model = smallModels[name]();
      await randomise(model, 4);
      const program = await onnxProgram(runtime!, await exportOnnx(model, options));
      const inputs = inputsOf(model, 2);
      const got = await program.run({ [program.inputNames[0]]: inputs[0] });
      for (const [i, expected] of predictions(model, inputs).entries()) {
        expect(largestDifference(got[program.outputNames[i]], expected), name).toBeLessThan(tolerance);
      }
      model.dispose();
    }
  });

  it.each(['float16', 'int8'] as const)('kernels in %s cost little accuracy and much of the size', async (quantize) => {
    const model = smallModels['vision transformer']();
    await randomise(model, 5);
    const bytes = await exportOnnx(model, { quantize });
    const share = bytes.byteLength / (await exportOnnx(model)).byteLength;
    expect(share).toBeLessThan(quantize === 'int8' ? 0.6 : 0.75);
    const program = await onnxProgram(runtime!, bytes);
    const inputs = inputsOf(model, 3);
    const [expected] = predictions(model, inputs);
    const got = (await program.run({ image: inputs[0] })).probabilities;
    expect(largestDifference(got, expected)).toBeGreaterThan(0);
    expect(largestDifference(got, expected)).toBeLessThan(quantize === 'int8' ? 0.03 : 1e-3);
    model.dispose();
  });

  it.each(['logits', 'features'] as const)('gives the %s when asked for them', async (output) => {
    const model = smallModels['wide ResNet']();
    await randomise(model, 6);
    const program = await onnxProgram(runtime!, await exportOnnx(model, { output }));
    const part = output === 'logits' ? logitsModel(model) : featureModel(model);
    const inputs = inputsOf(model, 2);
    const [expected] = predictions(part, inputs);
    expect(program.outputNames).toEqual([part.outputs[0].sourceLayer.name]);
    const got = (await program.run({ image: inputs[0] }))[program.outputNames[0]];
    expect(largestDifference(got, expected)).toBeLessThan(tolerance);
    model.dispose();
  });
});
