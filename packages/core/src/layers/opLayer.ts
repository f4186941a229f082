import type { Tensor } from '@tensorflow/tfjs-core';
import { serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { type BaseLayerConfig, splitConfig } from './layerConfig.js';

/** What a weightless layer is made of. */
export interface OpLayerDefinition<Options extends object> {
  /** Name in saved models. */
  readonly className: string;
  /** The computation; `training` is true in the training pass. */
  call(inputs: readonly Tensor[], options: Options, training: boolean): Tensor;
  /** Output shape with the batch axis, from the input shapes. */
  outputShape(shapes: readonly (number | null)[][], options: Options): (number | null)[];
}

/**
 * Makes and registers a weightless TF.js layer from two functions; its options are its saved configuration. Options are
 * plain JSON; TF.js writes their names and texts in snake_case and reads them in camelCase, so use camelCase.
 *
 * @param definition name, computation and output shape; the name must be unique, since saved models find the layer by it
 * @returns a function that makes the layer, for {@link applyLayer}
 * @example
 * ```ts
 * import { applyLayer, type Block, defineOpLayer, image, useEngine } from '@lulc/core';
 * import { mul } from '@tensorflow/tfjs-core';
 *
 * const gain = defineOpLayer<{ readonly factor: number }>({
 *   className: 'ExampleGain',
 *   call: ([x], { factor }) => mul(x, factor),
 *   outputShape: ([shape]) => shape,
 * });
 * const double: Block<4> = (x) => applyLayer(undefined, 'gain', [x], ({ name }) => gain(name, { factor: 2 }));
 *
 * await useEngine('auto');
 * console.log(double(image({ shape: [8, 8, 3] })).shape); // [null, 8, 8, 3]
 * ```
 */
export function defineOpLayer<Options extends object>(
  definition: OpLayerDefinition<Options>,
): (name: string, options: Options) => layers.Layer {
  class OpLayer extends layers.Layer {
    static readonly className = definition.className;
    private readonly options: Options;

    constructor(config: Options & BaseLayerConfig) {
      const { base, own } = splitConfig<Options>(config);
      super(base);
      this.options = own;
      this.supportsMasking = true;
    }

    override computeOutputShape(shape: (number | null)[] | (number | null)[][]): (number | null)[] {
      return definition.outputShape((Array.isArray(shape[0]) ? shape : [shape]) as (number | null)[][], this.options);
    }

    override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
      return tidy(() =>
        definition.call(Array.isArray(inputs) ? inputs : [inputs], this.options, kwargs.training ?? false),
      );
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.options as serialization.ConfigDict) };
    }
  }
  serialization.registerClass(OpLayer);
  return (name, options) => new OpLayer({ ...options, name });
}
