import { OctetError, type EngineLayer } from '@octet/domain';
import type { LayerInformation } from './layer-information.js';
import { layerKind } from './layer-kind.js';
import type { LayerTimes } from './layer-profile.js';

/** Computing layers without a time above this share mean that the profile belongs to another engine. */
const tolerableUntimed = 0.1;

/**
 * Joins what the inspector says of an engine with its profile, in execution order; repeated names are matched in order.
 * Throws OctetError `engines-differ` when the two files are of different engines. Without a profile no layer has a time.
 */
export function joinLayers(information: readonly LayerInformation[], profile: LayerTimes | null): EngineLayer[] {
  const times = timesByName(profile);
  const layers = information.map((layer) => engineLayer(layer, times.get(layer.name)?.shift() ?? null));
  if (profile !== null) refuseStrangers(layers, times);
  return layers;
}

function timesByName(profile: LayerTimes | null): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { name, timeNs } of profile?.layers ?? []) {
    const known = times.get(name);
    if (known === undefined) times.set(name, [timeNs]);
    else known.push(timeNs);
  }
  return times;
}

function engineLayer(layer: LayerInformation, timeNs: number | null): EngineLayer {
  return {
    name: layer.name,
    type: layer.layerType,
    kind: layerKind(layer, timeNs),
    inputs: layer.inputs,
    outputs: layer.outputs,
    timeNs,
    kernel: layer.kernel,
    provider: null,
    weightBytes: layer.weightBytes,
  };
}

function refuseStrangers(layers: readonly EngineLayer[], left: ReadonlyMap<string, number[]>): void {
  const unmatched = [...left].filter(([, times]) => times.length > 0).map(([name]) => name);
  const untimed = layers
    .filter((layer) => layer.kind === 'compute' && layer.timeNs === null)
    .map((layer) => layer.name);
  if (unmatched.length === 0 && untimed.length <= layers.length * tolerableUntimed) return;
  const example = unmatched[0] ?? untimed[0] ?? '';
  throw new OctetError(
    'engines-differ',
    `Profile and layer information are not of the same engine (${unmatched.length} profiled layers are not in the layer list, ${untimed.length} computing layers have no time; for instance ${JSON.stringify(example.slice(0, 120))}): export both from one run of one engine.`,
    { details: { unmatched: unmatched.length, untimed: untimed.length } },
  );
}
