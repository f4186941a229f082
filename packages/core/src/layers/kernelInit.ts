import { initializers } from '@tensorflow/tfjs-layers';
import type { LayerIdentity } from './graph.js';

/**
 * How a kernel is initialised: corrected he-normal by fan-in or fan-out, PyTorch's Kaiming-normal for leaky ReLUs by fan-in or
 * fan-out, Glorot (Xavier) uniform or normal, or zeros.
 */
export type KernelInit =
  | 'heNormal'
  | 'heNormalFanOut'
  | 'kaimingNormal'
  | 'kaimingNormalFanOut'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'zeros';

type Initializer = ReturnType<typeof initializers.zeros>;

/** Standard deviation of a unit normal cut at ±2. */
const TRUNCATED_STD = 0.87962566103423978;

/** Of PyTorch's `kaiming_normal_` for leaky ReLUs of the slope 0.01: `2 / (1 + slope²)`. */
const LEAKY_GAIN = 2 / (1 + 0.01 ** 2);

/**
 * The TF.js initialiser of a name, seeded by the layer's path.
 *
 * `heNormal` is a normal distribution cut at two standard deviations with variance `2 / fanIn` *after* the cut
 * (He et al. 2015, arXiv:1502.01852), as TensorFlow draws it. TF.js' own `heNormal` omits the correction and comes out
 * 12 % too small (quirk Q35 of the benchmark specification). `heNormalFanOut` has the variance `2 / fanOut`, which keeps
 * that of gradients; EfficientNets start so. `kaimingNormal` is an uncut normal distribution of the variance
 * `2 / (1 + 0.01²) / fanIn`, nnU-Net's start, and `kaimingNormalFanOut` the same by fan-out, which PyTorch takes for the
 * fan-in of a transposed convolution. `glorotNormal`, cut in the same way, has the variance `2 / (fanIn + fanOut)`
 * (Glorot & Bengio 2010).
 *
 * @param init which distribution
 * @param fanIn inputs of one output unit: `kh·kw·in` of a convolution, `kh·kw` of a depthwise one, `in` of a dense layer
 * @param identity gives the seed
 * @param fanOut outputs that one input has a part in: `kh·kw·out`, `kh·kw`, or `out`; default `fanIn`
 */
export function kernelInitializer(
  init: KernelInit,
  fanIn: number,
  identity: LayerIdentity,
  fanOut: number = fanIn,
): Initializer {
  const seed = identity.seed(0);
  switch (init) {
    case 'heNormal':
      return truncatedNormal(2 / fanIn, seed);
    case 'heNormalFanOut':
      return truncatedNormal(2 / fanOut, seed);
    case 'kaimingNormal':
      return initializers.randomNormal({ stddev: Math.sqrt(LEAKY_GAIN / fanIn), seed });
    case 'kaimingNormalFanOut':
      return initializers.randomNormal({ stddev: Math.sqrt(LEAKY_GAIN / fanOut), seed });
    case 'glorotUniform':
      return initializers.glorotUniform({ seed });
    case 'glorotNormal':
      return truncatedNormal(2 / (fanIn + fanOut), seed);
    case 'zeros':
      return initializers.zeros();
  }
}

/** A normal distribution cut at two standard deviations, of the given variance after the cut. */
function truncatedNormal(variance: number, seed: number | undefined): Initializer {
  return initializers.truncatedNormal({ stddev: Math.sqrt(variance) / TRUNCATED_STD, seed });
}
