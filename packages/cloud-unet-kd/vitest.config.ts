export { default } from '../../tools/vitest.js';
