import { libraryBuild } from '../../tools/tsup.js';

export default libraryBuild({
  index: 'src/index.ts',
  node: 'src/node.ts',
  onnx: 'src/onnx.ts',
  segmentation: 'src/segmentation.ts',
  views: 'src/views.ts',
  'platform/node': 'src/platform/node.ts',
  'platform/browser': 'src/platform/browser.ts',
});
