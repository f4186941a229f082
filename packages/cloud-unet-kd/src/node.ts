/**
 * What needs a file system: teacher maps on disk.
 *
 * @module
 */
export {};
