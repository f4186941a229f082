import type { Tensor } from '@tensorflow/tfjs-core';
import { serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

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
 * Makes and registers a weightless TF.js layer from two functions; its options are its saved configuration.
 *
 * @param definition name, computation and output shape
 * @returns a function that makes the layer
 */
export function defineOpLayer<Options extends object>(
  definition: OpLayerDefinition<Options>,
): (name: string, options: Options) => layers.Layer {
  class OpLayer extends layers.Layer {
    static readonly className = definition.className;
    private readonly options: Options;

    constructor(config: Options & { readonly name?: string }) {
      super({ name: config.name });
      this.options = config;
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
      return { ...super.getConfig(), ...(this.options as serialization.ConfigDict), name: this.name };
    }
  }
  serialization.registerClass(OpLayer);
  return (name, options) => new OpLayer({ ...options, name });
}
