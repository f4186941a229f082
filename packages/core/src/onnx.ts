/**
 * Models as ONNX files, for ONNX Runtime and everything else that reads them.
 *
 * @module
 */
export {};
