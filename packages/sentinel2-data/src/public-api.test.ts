import { expect, it } from 'vitest';
import * as browser from './index.js';
import * as node from './node.js';

it('exports exactly what is documented', () => {
  expect(Object.keys(browser).sort()).toMatchInlineSnapshot(`
    [
      "bandByName",
      "bandIndices",
      "bandOrders",
      "bandStatistics",
      "bigEarthNet19",
      "bigEarthNet43",
      "computeStatistics",
      "corineClasses",
      "createLoader",
      "dihedral",
      "euroSat10",
      "fromArrays",
      "igbp10",
      "igbp17",
      "igbpClasses",
      "labelIndex",
      "labelIndices",
      "normalBandName",
      "prepareImage",
      "resample",
      "resolveBands",
      "scalingFor",
      "scalingIfKnown",
      "selectChannels",
      "sentinel1Bands",
      "sentinel2Bands",
      "splitByGroup",
      "stratifiedSplit",
      "subset",
    ]
  `);
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "createLoader",
      "datasetFormats",
      "detectFormat",
      "isFileDataset",
      "openDataset",
      "simulateLandscape",
      "simulatedMarker",
      "writeIgbpFractions",
    ]
  `);
});
