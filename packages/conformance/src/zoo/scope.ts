import { listModels, type ModelFilter, type ModelName } from '@lulc/model-zoo';

/** What the slow suites test of the zoo within the time that continuous integration has: weights and 10⁹ operations. */
const most = { parameters: 1e7, gflops: 3 };

/**
 * Names of the models that a slow suite tests: those up to ten million weights and three billion operations, or all of
 * them where `LULC_ZOO` is `all`.
 *
 * @param filter a further choice
 */
export function slowModels(filter: ModelFilter = {}): readonly ModelName[] {
  const isInScope = (model: ReturnType<typeof listModels>[number]) =>
    process.env.LULC_ZOO === 'all' || (model.parameters <= most.parameters && model.gflops <= most.gflops);
  return listModels(filter)
    .filter(isInScope)
    .map(({ name }) => name);
}
