import type { Generator, Generators } from '../case.js';

const transform: Generator = {
  measure: 'largest',
  make: (draw) => ({ inputs: { input: draw.complex(draw.shape(1, 3, { max: 9, empty: false })) } }),
};

/** Complex numbers. */
export const complexNumbers: Generators = {
  Complex: {
    measure: 'exact',
    make: (draw) => {
      const shape = draw.shape(0, 3);
      return { inputs: { real: draw.floats(shape), imag: draw.floats(shape) } };
    },
  },
  Real: { measure: 'exact', make: (draw) => ({ inputs: { input: draw.complex(draw.shape(0, 3)) } }) },
  Imag: { measure: 'exact', make: (draw) => ({ inputs: { input: draw.complex(draw.shape(0, 3)) } }) },
  ComplexAbs: { make: (draw) => ({ inputs: { x: draw.complex(draw.shape(0, 3)) } }) },
  FFT: transform,
  IFFT: transform,
};
