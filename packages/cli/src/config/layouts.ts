import { cloudsLayout } from './clouds.js';
import { finetuneLayout } from './finetune.js';
import type { ConfigLayout } from './layout.js';
import { pretrainLayout } from './pretrain.js';
import { trainLayout } from './train.js';

/** All kinds of configuration files, in the order of their documentation. */
export const layouts: readonly ConfigLayout[] = [trainLayout, pretrainLayout, finetuneLayout, cloudsLayout];
