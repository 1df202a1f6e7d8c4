import type { Explanation, IncompleteBuild } from '@octet/engines';
import type { FailedExplanation } from './explain-folder.js';
import { formatNs, textTable } from './table.js';

const shownLayers = 15;

/** What `octet explain` prints for people. */
export function explanationText(answer: Explanation | IncompleteBuild | FailedExplanation): string {
  if (answer.status === 'failed') return answer.error.message;
  if (answer.status === 'build-incomplete') {
    return ['The build did not end; its last lines:', ...answer.lastLines.map((line) => `  ${line}`)].join('\n');
  }
  return [headline(answer), timesTable(answer), layerTable(answer), reasonsText(answer)].join('\n\n');
}

function headline({ verdict, speedup, int8TimeShare, floatVariant, gainNs }: Explanation): string {
  const share = int8TimeShare === null ? 'unknown' : percent(int8TimeShare);
  const used = `Share of layer time in INT8 layers: ${share}.`;
  if (speedup === null) return `${used} Give the float engine's exports to see what INT8 gains.`;
  const bounds =
    speedup.low === null || speedup.high === null ? '' : ` (${ratio(speedup.low)} to ${ratio(speedup.high)})`;
  return `${verdict ?? 'no verdict without raw times'}: speed-up ${ratio(speedup.median)}${bounds} over ${floatVariant}, gain ${formatNs(gainNs)}. ${used}`;
}

function timesTable({ times, proportional }: Explanation): string {
  const parts = times.int8Parts;
  const rows: [string, number | null, number | null][] = [
    ['T_float', times.tFloatNs, null],
    ['INT8 end to end', times.int8EndToEndNs, null],
    ['  T_quant', times.tQuantNs, proportional?.tQuantNs ?? null],
    ['  T_dequant', times.tDequantNs, proportional?.tDequantNs ?? null],
    ['  T_int8', times.tInt8Ns, proportional?.tInt8Ns ?? null],
    ['    INT8 kernels', parts?.int8Ns ?? null, proportional?.int8Parts.int8Ns ?? null],
    ['    float operators', parts?.floatNs ?? null, proportional?.int8Parts.floatNs ?? null],
    ['    conversions', parts?.conversionNs ?? null, proportional?.int8Parts.conversionNs ?? null],
    ['    in no layer', parts?.overheadNs ?? null, proportional?.int8Parts.overheadNs ?? null],
  ];
  const table = textTable(
    ['time', 'constant cost', 'if proportional'],
    rows.map(([name, ns, other]) => [name, formatNs(ns), differs(ns, other) ? formatNs(other) : '']),
  );
  const ratioText = times.layerSumRatio === null ? 'not known' : ratio(times.layerSumRatio);
  return `${table}\n\nProfiling cost each layer ${formatNs(times.layerOverheadNs)}; layers sum to ${ratioText} of end to end. Conversions fused into other layers: ${times.fused?.quantize ?? '-'} quantise, ${times.fused?.dequantize ?? '-'} dequantise.`;
}

/** design.md section 2: both splits are shown where they differ by more than 20 %. */
function differs(ns: number | null, other: number | null): boolean {
  if (ns === null || other === null) return false;
  return Math.abs(ns - other) > 0.2 * Math.max(ns, other);
}

function layerTable({ layers }: Explanation): string {
  const timed = layers.filter((layer) => (layer.timeNs ?? 0) > 0);
  const longest = timed.toSorted((a, b) => (b.timeNs ?? 0) - (a.timeNs ?? 0)).slice(0, shownLayers);
  const rows = longest.map((layer) => [
    formatNs(layer.timeNs),
    layer.chainedTo === null ? layer.class : `${layer.class} (${layer.chainedTo})`,
    layer.type,
    `${typesOf(layer.inputs)} -> ${typesOf(layer.outputs)}`,
    oneLine(layer.name),
  ]);
  return `The ${rows.length} longest of ${layers.length} layers, as profiled:\n${textTable(['time', 'class', 'type', 'data', 'name'], rows)}`;
}

function reasonsText({ reasons }: Explanation): string {
  if (reasons.length === 0) return 'No diagnosis can be made from these files.';
  return reasons
    .map(({ id, severity, evidence, advice }) => `${severity}: ${id} ${JSON.stringify(evidence)}\n  ${advice}`)
    .join('\n');
}

function typesOf(tensors: Explanation['layers'][number]['inputs']): string {
  return [...new Set(tensors.map((tensor) => tensor.dataType))].join('+') || '-';
}

function oneLine(name: string): string {
  const flat = name.replaceAll(/\s+/g, ' ');
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
}

function ratio(value: number): string {
  return value.toFixed(3);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
