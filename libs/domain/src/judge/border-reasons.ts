import { layerGraph, positionOf, type Position } from '../diagnosis/index.js';
import { int8OwnTime, rounded, sumOwn } from '../diagnosis/layer-times.js';
import type { ClassedLayer } from '../layer.js';
import type { Reason, Times } from '../result-row.js';
import { median } from '../statistics/index.js';
import type { BorderRecord, EngineRecord, TrialRecord } from '../trial.js';

/** Above this the split and the ablation are said to disagree, unless they lie within `tolerableNs` (design section 2). */
const tolerable = 0.2;
const tolerableNs = 2_000;

/** What disappears when inputs (and outputs) are INT8 already, beside what the split says. */
export function borderReasons(record: TrialRecord, engine: EngineRecord, times: Times): Reason[] {
  const borders = (record.borders ?? []).filter(({ recipe }) => recipe === engine.label);
  return borders.map((border) => borderReason(border, borders, engine.layers, times));
}

function borderReason(
  border: BorderRecord,
  all: readonly BorderRecord[],
  layers: readonly ClassedLayer[] | null,
  times: Times,
): Reason {
  const savedNs = savedBy(border);
  const what = border.borders === 'inputs' ? 'INT8 inputs' : 'INT8 inputs and outputs';
  if (savedNs === null) {
    const message = border.refusal?.message ?? 'It was not measured.';
    return {
      id: 'border-conversions',
      severity: 'info',
      evidence: { borders: border.borders, savedNs: null, refusal: border.refusal },
      advice: `The engine with ${what} could not be measured: ${message}`,
    };
  }
  const inputs = all.find(({ borders }) => borders === 'inputs');
  const before = border.borders === 'inputs' ? 0 : inputs === undefined ? null : savedBy(inputs);
  const splitNs = conversionsAt(border.borders === 'inputs' ? 'input' : 'output', layers, times);
  const partNs = before === null ? null : savedNs - before;
  return {
    id: 'border-conversions',
    severity: 'info',
    evidence: {
      borders: border.borders,
      savedNs,
      share: rounded(savedNs / times.int8EndToEndNs),
      ablationNs: partNs,
      splitNs,
      agrees: agree(partNs, splitNs),
      rounds: border.roundMediansNs?.asBuilt.length ?? 0,
    },
    advice: `With ${what} the engine takes ${microseconds(savedNs)} less: that is what its conversions at the border cost. Feed INT8 (scale = amax / 127) where the data already is INT8, or quantise once for several engines.`,
  };
}

/** Time that the split gives the conversions at one border, integer ns; null without a profile. */
function conversionsAt(position: Position, layers: readonly ClassedLayer[] | null, times: Times): number | null {
  if (layers === null) return null;
  const graph = layerGraph(layers);
  const conversions = layers.filter(({ kind, class: of }) => kind === 'conversion' && of !== 'noop');
  const there = conversions.filter((layer) => positionOf(layer, graph) === position);
  return Math.round(sumOwn(there, int8OwnTime({ int8Layers: layers, times })));
}

/** Median of the paired differences, integer ns. */
function savedBy({ roundMediansNs }: BorderRecord): number | null {
  if (roundMediansNs === null) return null;
  const { asBuilt, int8Borders } = roundMediansNs;
  const differences = asBuilt.flatMap((ns, round) => {
    const other = int8Borders[round];
    return other === undefined ? [] : [ns - other];
  });
  return differences.length === 0 ? null : Math.round(median(differences));
}

function agree(ablationNs: number | null, splitNs: number | null): boolean | null {
  if (ablationNs === null || splitNs === null) return null;
  const apart = Math.abs(splitNs - ablationNs);
  return apart <= tolerableNs || apart <= tolerable * Math.abs(ablationNs);
}

function microseconds(ns: number): string {
  return `${(ns / 1000).toFixed(1)} us`;
}
