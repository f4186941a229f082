/**
 * Cloud masks for multispectral images: U-Nets that configure themselves (nnU-Net), distilled into tiny students.
 *
 * @module
 */
export type { Fingerprint, IntensityProperties } from './fingerprint/fingerprintTypes.js';
// planning
export type { NormalizationName } from './plan/normalizations.js';
export { normalizationFor, normalizationNames } from './plan/normalizations.js';
export type { Plan, PlanChange, PlannerVersion, PlanOverride, PlanValues } from './plan/plan.js';
export type { PlanOptions } from './plan/planFor.js';
export { overrule, planFor } from './plan/planFor.js';
