import type { Colour } from '@lulc/core/segmentation';
import { scheme } from 'vega';

/**
 * Colours of classes, told apart by eye as far as their number allows.
 *
 * @param classes how many
 */
export function classColours(classes: number): readonly Colour[] {
  const named = scheme(classes <= 10 ? 'tableau10' : 'tableau20') as readonly string[];
  return Array.from({ length: classes }, (_, i) => rgb(named[i % named.length], Math.floor(i / named.length)));
}

/** A colour of six hexadecimal digits; darker in every further round of a palette. */
function rgb(hex: string, round: number): Colour {
  const [red, green, blue] = [1, 3, 5].map((start) =>
    Math.round(Number.parseInt(hex.slice(start, start + 2), 16) * 0.7 ** round),
  );
  return [red, green, blue];
}
