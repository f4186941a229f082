/**
 * What needs a file system: teacher maps on disk.
 *
 * ```ts
 * import { memoryTeacherMaps } from '@lulc/cloud-unet-kd';
 * import { fileTeacherMaps } from '@lulc/cloud-unet-kd/node';
 *
 * // Maps that are made again in every run, and maps that are kept in a folder.
 * const stores = [memoryTeacherMaps(), fileTeacherMaps('runs/teacher-maps')];
 * console.log(stores.map(({ location }) => location));
 * ```
 *
 * @module
 */
export { fileTeacherMaps } from './distillation/node/fileTeacherMaps.js';
