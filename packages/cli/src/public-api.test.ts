import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports exactly what is documented', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "configJsonSchema",
      "exitCodes",
      "htmlReport",
      "loadConfig",
      "plainCnn",
      "runCli",
    ]
  `);
});
