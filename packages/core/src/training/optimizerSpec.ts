/** An optimiser described by data. */
export type OptimizerSpec =
  | {
      /** Stochastic gradient descent, PyTorch form: `v ← momentum·v + g`, `p ← p − lr·v`. */
      readonly name: 'sgd';
      /** 0 ≤ momentum < 1; default 0. */
      readonly momentum?: number;
      /** Looks ahead: `p ← p − lr·(g + momentum·v)`; default false. */
      readonly nesterov?: boolean;
      /** L2 term added to the gradient, ≥ 0; default 0. */
      readonly weightDecay?: number;
      /** Which variables decay; default `'weights'`. */
      readonly decayOn?: DecayTarget;
    }
  | {
      /** Kingma & Ba 2015, epsilon outside the bias-corrected root (TF.js and PyTorch form). */
      readonly name: 'adam';
      /** Default 0.9. */
      readonly beta1?: number;
      /** Default 0.999. */
      readonly beta2?: number;
      /** Default 1e-7. */
      readonly epsilon?: number;
      /** L2 term added to the gradient, ≥ 0; default 0. */
      readonly weightDecay?: number;
      /** Which variables decay; default `'weights'`. */
      readonly decayOn?: DecayTarget;
    }
  | {
      /** Adam with decoupled weight decay (Loshchilov & Hutter 2019): `p ← p·(1 − lr·weightDecay)` beside the Adam step. */
      readonly name: 'adamw';
      /** Default 0.9. */
      readonly beta1?: number;
      /** Default 0.999. */
      readonly beta2?: number;
      /** Default 1e-7. */
      readonly epsilon?: number;
      /** Decoupled decay, ≥ 0; default 0.01. */
      readonly weightDecay?: number;
      /** Which variables decay; default `'weights'`. */
      readonly decayOn?: DecayTarget;
    };

/** `'weights'`: variables of rank 2 and more, so neither biases nor normalisation parameters; `'all'`: every variable. */
export type DecayTarget = 'weights' | 'all';

/** Name of an optimiser. */
export type OptimizerName = OptimizerSpec['name'];
