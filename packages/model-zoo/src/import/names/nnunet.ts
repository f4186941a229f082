import type { ModelCard } from '@lulc/core';
import type { NameTable, ToolNames } from './tables.js';
import type { NameRule } from './template.js';

/** Every convolution and norm of nnU-Net has two names, of which a file holds one or both. */
const unit = (elsewhere: string, here: string): NameRule[] => [
  [`${elsewhere}.conv`, `${here}/conv`],
  [`${elsewhere}.all_modules.0`, `${here}/conv`],
  [`${elsewhere}.norm`, `${here}/norm`],
  [`${elsewhere}.all_modules.1`, `${here}/norm`],
];

/** The names of a PlainConvUNet of so many stages: nnU-Net counts the levels of its decoder from the coarsest one. */
function plainConvUnet(stages: number): NameTable {
  const encoder = ['encoder', 'decoder.encoder'].flatMap((name) =>
    unit(`${name}.stages.{s}.0.convs.{c}`, 'stage{s+1}/unit{c+1}'),
  );
  const decoder = Array.from({ length: stages - 1 }, (_, i): NameRule[] => {
    const level = `decoder/level${stages - 1 - i}`;
    return [
      ...unit(`decoder.stages.${i}.convs.{c}`, `${level}/unit{c+1}`),
      [`decoder.transpconvs.${i}`, `${level}/up`],
    ];
  });
  const layers: readonly NameRule[] = [...encoder, ...decoder.flat(), [`decoder.seg_layers.${stages - 2}`, 'head']];
  // Second names, and the heads of deep supervision, which segmenters do not have.
  return { layers, without: [...layers, ['decoder.seg_layers.{i}', '']] };
}

/** Names of nnU-Net v2. */
export const nnUNetNames = ({ encoder }: ModelCard['configuration']): ToolNames => {
  const { family, widths } = (encoder ?? {}) as { readonly family?: unknown; readonly widths?: unknown };
  return family === 'plain-conv' && Array.isArray(widths) ? { segmenter: plainConvUnet(widths.length) } : {};
};
