/**
 * Cloud masks for multispectral images: U-Nets that configure themselves (nnU-Net), distilled into tiny students.
 *
 * @module
 */
export type { Plan, PlanChange, PlannerVersion, PlanValues } from './plan/plan.js';
