import type { ImageArray, ImageSet } from '@lulc/core';
import { random } from '@lulc/core';
import { drawViews, renderView, type ViewRecipe } from '@lulc/core/views';
import { commonStretch, compositePng } from './pictures.js';

/** An image and the views that a method sees of it. */
export interface ViewExample {
  /** Identity within the dataset. */
  readonly id: string;
  /** The image in display colours, as a data URI. */
  readonly image: string;
  /** Its views in the same colours, as data URIs. */
  readonly views: readonly string[];
}

/** What {@link viewExamples} works on. */
export interface ViewExamplesOptions {
  /** Where images are taken from. */
  readonly images: ImageSet;
  /** How views are made. */
  readonly recipes: readonly ViewRecipe[];
  /** How many images are shown. */
  readonly count: number;
  /** Same seed, same images and views. */
  readonly seed: number;
}

/** Images, chosen by seed, with views such as pre-training draws. */
export async function viewExamples(options: ViewExamplesOptions): Promise<readonly ViewExample[]> {
  const { images, recipes, count, seed } = options;
  const chosen = [...random(seed, 0xe8a).permutation(images.length).slice(0, count)];
  if (chosen.length === 0) return [];
  const { bands } = images.info;
  const samples = await Promise.all(chosen.map((index) => images.get(index)));
  const stretch = commonStretch(
    samples.map(({ image }) => image),
    bands,
  );
  return Promise.all(
    samples.map(async ({ image, meta }, i) => {
      const views = drawViews(recipes, image.shape, random(seed, 0xe8b, chosen[i])).map((drawn, view): ImageArray => {
        const shape = [...recipes[view].size, bands.length] as const;
        const data = new Float32Array(shape[0] * shape[1] * shape[2]);
        renderView(image, drawn, undefined, data);
        return { data, shape };
      });
      return {
        id: meta.id,
        image: await compositePng(image, bands, stretch),
        views: await Promise.all(views.map((view) => compositePng(view, bands, stretch))),
      };
    }),
  );
}
