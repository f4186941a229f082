/**
 * Empty until its builders are there.
 *
 * @module
 */
export {};
