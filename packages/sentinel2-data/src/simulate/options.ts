/** A number for each part of a simulated dataset. */
export interface SimulatedParts {
  /** For training. */
  readonly train: number;
  /** For choosing among models. */
  readonly validation: number;
  /** For the final measurement. */
  readonly test: number;
}

/** What `simulateLandscape` writes. */
export interface SimulateOptions {
  /** Folder to create; must not exist or be empty, or hold an earlier simulation. */
  readonly out: string;
  /** Number of patches. */
  readonly patches: number;
  /**
   * Same seed, same files.
   * @defaultValue 0
   */
  readonly seed?: number;
  /**
   * Bands to write. Default: the twelve of BigEarthNet (all but B10).
   */
  readonly bands?: readonly string[];
  /**
   * Classes that may occur, of BigEarthNet's 19. Default: those the generator has spectra for, all but none.
   */
  readonly classes?: readonly string[];
  /**
   * Fractions of the three parts; parts never share a simulated scene.
   * @defaultValue `{ train: 0.6, validation: 0.2, test: 0.2 }`
   */
  readonly split?: SimulatedParts;
  /**
   * Write CORINE codes per pixel as `Reference_Maps`.
   * @defaultValue true
   */
  readonly referenceMaps?: boolean;
  /** Called after each patch with how many are written. */
  readonly onProgress?: (written: number, total: number) => void;
}

/** What `simulateLandscape` wrote. */
export interface SimulateResult {
  /** The folder. */
  readonly path: string;
  /** Number of patches per part. */
  readonly patches: SimulatedParts;
  /** How many patches hold each class, by class name. */
  readonly classCounts: Readonly<Record<string, number>>;
}

/** Name of the file that marks a folder of simulated data, at its top. */
export const simulatedMarker = 'SIMULATED.txt';
