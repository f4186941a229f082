import { TorchBackend } from '../backend/torchBackend.js';
import { type Captured, type CaptureOptions, type Computation, capture } from './capture.js';

/** The backend with what `captured` of `@lulc/core` looks for: computations can be recorded and replayed. */
export class CapturingBackend extends TorchBackend {
  /** Arithmetic inside convolutions and matrix products; the training loop of `@lulc/core` looks at it. */
  precision: 'float32' | 'bf16' | 'fp16' | 'tf32' = 'float32';

  /** Lets a computation be recorded and replayed. */
  capture(computation: Computation, options: CaptureOptions): Captured {
    return capture(this, computation, options);
  }
}
