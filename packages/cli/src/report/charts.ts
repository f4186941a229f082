import type { EpochRecord } from '@lulc/core';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Look of every chart: the page's own text colour, so that it fits light and dark. */
const look = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
  },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', labelFontSize: 12, orient: 'top', title: null },
  text: { color: 'currentColor' },
} as const;

/** Colours that are readable on white and on near-black, and told apart with colour-blind eyes. */
const palette = { first: '#3b82c4', second: '#d97706', third: '#5a9e4b' } as const;

const schema = 'https://vega.github.io/schema/vega-lite/v5.json';

/** A chart as an SVG element, without anything to be fetched. */
export async function renderChart(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile({ ...spec, config: look as TopLevelSpec['config'] }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** One bar: a class and its score. */
interface Bar {
  readonly name: string;
  readonly value: number;
  /** Behind the number, in brackets. */
  readonly note: string;
}

/** Bars of a score between 0 and 1 per class, in class order. */
export function perClassChart(score: string, bars: readonly Bar[]): TopLevelSpec {
  const values = bars.map(({ name, value, note }) => ({ name, value, label: `${value.toFixed(2)}  (${note})` }));
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 340 } } as const;
  return {
    $schema: schema,
    data: { values },
    width: 440,
    height: { step: 24 },
    layer: [
      {
        mark: { type: 'bar', color: palette.first, cornerRadiusEnd: 3 },
        encoding: { y, x: { field: 'value', type: 'quantitative', title: score, scale: { domain: [0, 1] } } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, color: 'currentColor', fontSize: 12 },
        encoding: { y, x: { field: 'value', type: 'quantitative' }, text: { field: 'label' } },
      },
    ],
  };
}

/** One curve of a run: a value per epoch. */
interface Curve {
  readonly name: string;
  readonly of: (record: EpochRecord) => number | undefined;
}

/** Training and validation loss over the epochs. */
export function lossChart(history: readonly EpochRecord[]): TopLevelSpec {
  return curvesChart(history, 'loss', [
    { name: 'training', of: (record) => record.trainLoss },
    { name: 'validation', of: (record) => record.metrics.loss },
  ]);
}

/** Validation scores over the epochs. */
export function scoreChart(
  history: readonly EpochRecord[],
  metrics: readonly (readonly [key: string, name: string])[],
): TopLevelSpec {
  return curvesChart(
    history,
    'validation score',
    metrics.map(([key, name]) => ({ name, of: (record) => record.metrics[key] })),
    [0, 1],
  );
}

/** One metric over the epochs in which it was measured. */
export function metricChart(history: readonly EpochRecord[], key: string): TopLevelSpec {
  return curvesChart(
    history.filter(({ metrics }) => key in metrics),
    null,
    [{ name: key, of: ({ metrics }) => metrics[key] }],
  );
}

function curvesChart(
  history: readonly EpochRecord[],
  title: string | null,
  curves: readonly Curve[],
  domain?: readonly [number, number],
): TopLevelSpec {
  const drawn = curves.filter(({ of }) => history.some((record) => of(record) !== undefined));
  const values = history.flatMap((record) =>
    drawn.flatMap(({ name, of }) => {
      const value = of(record);
      return value === undefined ? [] : [{ epoch: record.epoch + 1, value, name }];
    }),
  );
  return {
    $schema: schema,
    data: { values },
    width: 400,
    height: 220,
    mark: { type: 'line', point: history.length < 40, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        scale: { nice: false },
        axis: { values: epochTicks((history.at(-1)?.epoch ?? 0) + 1), format: 'd', grid: false },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title,
        scale: domain === undefined ? { zero: false } : { domain: [...domain] },
      },
      color: {
        field: 'name',
        type: 'nominal',
        sort: null,
        scale: { domain: drawn.map(({ name }) => name), range: [palette.first, palette.second] },
        ...(drawn.length > 1 ? {} : { legend: null }),
      },
    },
  };
}

/** Points of a curve that are drawn at most. */
const curvePoints = 128;

/** Precision over recall, one line per name. */
export function precisionRecallChart(
  curves: readonly {
    readonly name: string;
    readonly points: readonly { readonly precision: number; readonly recall: number }[];
  }[],
): TopLevelSpec {
  const values = curves.flatMap(({ name, points }) => {
    const step = Math.ceil(points.length / curvePoints);
    const drawn = points.filter((_, i) => i % step === 0 || i === points.length - 1);
    return drawn.map(({ precision, recall }, order) => ({ name, precision, recall, order }));
  });
  const share = (field: 'precision' | 'recall') =>
    ({ field, type: 'quantitative', title: field, scale: { domain: [0, 1] as number[] } }) as const;
  return {
    $schema: schema,
    data: { values },
    width: 400,
    height: 300,
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: share('recall'),
      y: share('precision'),
      order: { field: 'order', type: 'quantitative' },
      color: {
        field: 'name',
        type: 'nominal',
        sort: null,
        scale: { domain: curves.map(({ name }) => name), range: Object.values(palette) },
      },
    },
  };
}

/** Whole epochs for the axis, ten at most. */
function epochTicks(epochs: number): number[] {
  const step = Math.max(1, Math.ceil(epochs / 10));
  return Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) => epoch === 1 || epoch % step === 0);
}

/**
 * Confusion matrix: rows are true classes, cells are shares of the row.
 *
 * @param confusion numbers by true and predicted class
 * @param classes class names
 * @param label what cells say: the number, or its share of the row in per cent, where numbers are too long
 */
export function confusionChart(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  label: 'count' | 'percent' = 'count',
): TopLevelSpec {
  const values = confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      const text = label === 'count' ? count : Math.round(100 * share);
      return { truth: classes[truth], predicted: classes[predicted], share, text: count === 0 ? '' : String(text) };
    });
  });
  const position = { type: 'nominal', sort: null } as const;
  const x = { ...position, field: 'predicted', title: null, axis: { labelAngle: -40 } } as const;
  const y = { ...position, field: 'truth', title: null } as const;
  return {
    $schema: schema,
    data: { values },
    width: { step: 34 },
    height: { step: 26 },
    layer: [
      {
        mark: { type: 'rect', color: palette.first },
        encoding: { x, y, opacity: { field: 'share', type: 'quantitative', legend: null, scale: { domain: [0, 1] } } },
      },
      { mark: { type: 'text', color: 'currentColor', fontSize: 11 }, encoding: { x, y, text: { field: 'text' } } },
    ],
  };
}
