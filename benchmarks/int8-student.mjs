/**
 * A student in floating point and in 8 bits, in ONNX Runtime on one thread: size of the file, milliseconds per chip, megapixels
 * per second. The weights are random, which changes neither size nor speed.
 *
 *     npm run build && node benchmarks/int8-student.mjs [side of a chip] [stages] [base] [chips] [bands]
 *     node benchmarks/int8-student.mjs 512 4 8 30
 *     node benchmarks/int8-student.mjs 256 3 3 100 6
 *
 * Sessions take turns, so that other load on the machine meets all alike; the fastest chip counts.
 */
import { studentUnet } from '@lulc/cloud-unet-kd';
import { random, useEngine } from '@lulc/core';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import * as ort from 'onnxruntime-node';

const [side, stages, base, chips, bands] = [512, 4, 8, 30, 4].map((otherwise, i) =>
  Number(process.argv[i + 2] ?? otherwise),
);
const calibrationSide = 2 ** (stages + 2);

await useEngine('auto');
const draw = random(1);
const noise = (size) => Float32Array.from({ length: size * size * bands }, () => draw.normal());
const calibration = [{ images: noise(calibrationSide), imageShape: [1, calibrationSide, calibrationSide, bands] }];

async function filesOf(activation) {
  const model = studentUnet({ stages, base, bands, norm: 'batch', activation, inputSize: calibrationSide });
  const eightBits = async (options) =>
    (await exportQuantizedOnnx(model, { calibration, dynamicSize: true, ...options })).bytes;
  const files = {
    [`${activation}, float32`]: await exportOnnx(model, { dynamicSize: true }),
    [`${activation}, uint8 activations`]: await eightBits({}),
    [`${activation}, uint8, no channels added`]: await eightBits({ leastChannels: 1 }),
    [`${activation}, int8 activations`]: await eightBits({ activations: 'int8' }),
  };
  console.log(`${activation}: ${model.countParams().toLocaleString('en')} parameters`);
  model.dispose();
  return files;
}

const image = new ort.Tensor('float32', noise(side), [1, side, side, bands]);
const contenders = await Promise.all(
  Object.entries({ ...(await filesOf('relu')), ...(await filesOf('leaky-relu')) }).map(async ([name, bytes]) => ({
    name,
    bytes: bytes.byteLength,
    session: await ort.InferenceSession.create(bytes, {
      logSeverityLevel: 3,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    }),
    times: [],
  })),
);
for (let chip = 0; chip < chips; chip++) {
  for (const { session, times } of contenders) {
    const begin = performance.now();
    await session.run({ [session.inputNames[0]]: image });
    times.push(performance.now() - begin);
  }
}
console.log(`${side} x ${side} pixels, one thread`);
console.table(
  contenders.map(({ name, bytes, times }) => {
    const fastest = Math.min(...times);
    const median = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
    return {
      name,
      bytes,
      'ms (fastest)': Number(fastest.toFixed(1)),
      'ms (median)': Number(median.toFixed(1)),
      'Mpx/s': Number((side ** 2 / fastest / 1000).toFixed(2)),
    };
  }),
);
