import { embeddingEarth, glcNet, type PretrainingMethod, simClr } from '@lulc/contrastive-ssl';

export function createMethod(name: string, options: object): PretrainingMethod {
  const table: Record<string, (o: never) => PretrainingMethod> = {
    glcnet: glcNet as never,
    'embedding-earth': embeddingEarth as never,
    simclr: simClr as never,
  };
  return table[name](options as never);
}
