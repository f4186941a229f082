import { z } from 'zod';
import { imagesOf, masksOf } from './denseSchemas.js';
import type { ConfigLayout } from './layout.js';
import { configSchema } from './schema.js';

const ofLabels = configSchema.shape.data.shape;

/** What `lulc data info` can be told: the data settings of labelled images and of images with masks. */
const infoSchema = z.strictObject({
  data: z.strictObject({
    ...ofLabels,
    ...masksOf,
    window: imagesOf.window,
    windowStride: imagesOf.windowStride,
    format: z
      .enum([...ofLabels.format.unwrap().options, ...masksOf.format.unwrap().options])
      .optional()
      .describe('Its layout. Default: found by looking.'),
  }),
});

/** The settings of `lulc data info`; it has no file. */
export const infoLayout: ConfigLayout<typeof infoSchema> = {
  name: 'data info',
  schema: infoSchema,
  impliedNames: {},
  example: '',
};

/** The data settings of `lulc data info` with every default filled in. */
export type InfoData = z.output<typeof infoSchema>['data'];
