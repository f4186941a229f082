import type { PlainConvOptions } from '@lulc/cloud-unet-kd';
import type { ModelOptions } from '@lulc/core';
import type { DeepLabOptions, UnetOptions } from '@lulc/core/segmentation';
import type { FamilyName, FamilyOptions } from '../zoo/families.js';

/** A family whose networks end in a map: all but K-Branch, and `'plain-conv'`, the encoder of nnU-Net, which only segments. */
export type EncoderFamily = keyof EncoderFamilyOptions;

/** The options of each family's network without a head. */
export type EncoderFamilyOptions = {
  readonly [Name in Exclude<FamilyName, 'k-branch'>]: Omit<FamilyOptions[Name], keyof ModelOptions>;
} & {
  /** Stages of convolutions, see `plainConvEncoder` of `@lulc/cloud-unet-kd`. */
  readonly 'plain-conv': PlainConvOptions;
};

/** Options of a family's network without a head. */
export type EncoderOptions<Name extends EncoderFamily = EncoderFamily> = EncoderFamilyOptions[Name];

/** What makes a dense map of an encoder's pyramid; `'none'` leaves the encoder's last map as it is. */
export type DecoderOptions =
  | ({
      /** The decoder of DeepLabv3+, see `deepLabV3Plus`. */
      readonly name: 'deeplabv3plus';
    } & DeepLabOptions)
  | ({
      /** The decoder of a U-Net, see `unetDecoder`. */
      readonly name: 'unet';
    } & UnetOptions)
  | {
      /** Nothing. */
      readonly name: 'none';
    };

/** Which dense network. */
export interface DenseNetworkOptions<Name extends EncoderFamily = EncoderFamily>
  extends Pick<ModelOptions, 'bands' | 'seed'> {
  /** Height and width of the input in pixels, a number for squares, which most families take only; default the family's. */
  readonly inputSize?: number | readonly [number, number];
  /** Family of the encoder. */
  readonly family: Name;
  /** Options of the encoder, as of its family's builder; default its defaults. */
  readonly encoder?: EncoderOptions<Name>;
  /** Name and options of the decoder; default `deeplabv3plus` with its defaults. */
  readonly decoder?: DecoderOptions;
}
