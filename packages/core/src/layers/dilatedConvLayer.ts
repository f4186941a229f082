import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { add, serialization, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { dilatedConv2d } from '../ops/dilatedConv.js';
import { type KernelInit, kernelInitializer } from './kernelInit.js';
import { splitConfig } from './layerConfig.js';

/** Configuration of {@link DilatedConv2d} as stored in saved models. */
export interface DilatedConv2dConfig {
  /** Layer path. */
  readonly name?: string;
  /** False for a frozen layer. Default true. */
  readonly trainable?: boolean;
  /** Output channels. */
  readonly filters: number;
  /** Height and width of the kernel in taps. */
  readonly kernelSize: readonly [number, number];
  /** Spacing of the taps in pixels. */
  readonly dilationRate: number;
  /** `'same'` keeps the size of the image, `'valid'` adds no zeros. */
  readonly padding: 'same' | 'valid';
  /** Whether there is a bias per filter. */
  readonly useBias: boolean;
  /** How the kernel starts. */
  readonly init: KernelInit;
  /** Seed of the initialiser. */
  readonly seed?: number | undefined;
}

/**
 * Convolution of stride 1 with spaces between its taps (Yu & Koltun 2016, arXiv:1511.07122). TF.js' own layer has no
 * gradient with a dilation. Weights: `kernel` `[h, w, in, filters]` and, if asked, `bias` `[filters]`, zeros at first.
 */
export class DilatedConv2d extends layers.Layer {
  /** Name in saved models. */
  static readonly className = 'LulcDilatedConv2D';
  private readonly config: Omit<DilatedConv2dConfig, 'name' | 'trainable'>;
  private kernel!: LayerVariable;
  private bias: LayerVariable | undefined;

  /** @param config see {@link DilatedConv2dConfig} */
  constructor(config: DilatedConv2dConfig) {
    const { base, own } = splitConfig(config);
    super(base);
    this.config = own;
  }

  /** Creates the weights. */
  override build(inputShape: (number | null)[]): void {
    const { filters, kernelSize, useBias, init, seed } = this.config;
    const [height, width] = kernelSize;
    const channels = inputShape[3] as number;
    const identity = { name: this.name, seed: () => seed };
    const start = kernelInitializer(init, height * width * channels, identity, height * width * filters);
    this.kernel = this.addWeight('kernel', [height, width, channels, filters], 'float32', start);
    if (useBias) this.bias = this.addWeight('bias', [filters], 'float32', initializers.zeros());
    this.built = true;
  }

  /** The image's size, or what is left of it without padding. */
  override computeOutputShape([batch, ...sides]: (number | null)[]): (number | null)[] {
    const { filters, kernelSize, dilationRate, padding } = this.config;
    const spatial = kernelSize.map((taps, axis) => {
      const side = sides[axis];
      return side === null || padding === 'same' ? side : side - (taps - 1) * dilationRate;
    });
    return [batch, ...spatial, filters];
  }

  /** Convolves. */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
      const { dilationRate, padding } = this.config;
      const y = dilatedConv2d(x, this.kernel.read() as Tensor4D, { dilation: dilationRate, padding });
      return this.bias === undefined ? y : add(y, this.bias.read() as Tensor1D);
    });
  }

  /** Configuration as stored in a saved model. */
  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.config as unknown as serialization.ConfigDict) };
  }
}
serialization.registerClass(DilatedConv2d);
