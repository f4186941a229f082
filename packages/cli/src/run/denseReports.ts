import type { HealthRecord } from '@lulc/contrastive-ssl';
import type { EvaluationReport } from '@lulc/core';
import type { SegmentationReport } from '@lulc/core/segmentation';
import type { FinetuneConfig, PretrainConfig } from '../config/denseSchemas.js';
import type { RunReport } from './report.js';

/** Everything about a finished run of pre-training: its `report.json`. */
export interface PretrainReport extends Omit<RunReport, 'data' | 'evaluation' | 'config'> {
  /** On what. */
  readonly data: Omit<RunReport['data'], 'task' | 'classes' | 'samples'> & {
    /** Images used. */
    readonly images: number;
  };
  /** How the embeddings lay, measured every so many epochs. */
  readonly health: readonly HealthRecord[];
  /** Whether they were collapsed at the end. */
  readonly collapsed: boolean;
  /** Every setting. */
  readonly config: PretrainConfig;
}

/** Everything about a finished run of segmentation: its `report.json`. */
export interface FinetuneReport extends Omit<RunReport, 'data' | 'evaluation' | 'config'> {
  /** On what. */
  readonly data: Omit<RunReport['data'], 'task'> & {
    /** Identities of the training samples with labels, when it is only a share. */
    readonly labelled?: readonly string[];
  };
  /** Scores on the test part; absent when there is none. */
  readonly evaluation?: EvaluationReport<SegmentationReport>;
  /** Every setting. */
  readonly config: FinetuneConfig;
}
