import {
  mostLayerCostNs,
  recipeLabel,
  splitTimes,
  type ClassedLayer,
  type Device,
  type EngineRecord,
  type Recipe,
  type ResultRow,
  type TimeParts,
  type TrialSpec,
} from '@octet/domain';
import type { TrialDocument } from '@octet/protocol';
import { Card, Group, Stack, Table, Text, Title } from '@mantine/core';
import { RoundsChart } from '../../charts/rounds-chart.js';
import { TimeSplitChart } from '../../charts/time-split-chart.js';
import { formatAccuracy, formatCount, formatNs, formatSpeedup, recipeText } from '../../format.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import { answerOf } from './answer.js';
import { LayerAccuracySection } from './layer-accuracy-section.js';
import { LayersSection } from './layers-section.js';
import { PotentialSection } from './potential-section.js';
import { ReasonsSection } from './reasons-section.js';
import { WhatIfSection } from './what-if-section.js';

interface Props {
  row: ResultRow;
  document: TrialDocument;
  engines: readonly EngineRecord[];
}

/** Everything about one recipe of a trial: the answer, the times, the reasons, the rounds, the layers. */
export function RecipeSection({ row, document, engines }: Props) {
  const spec = document.spec as TrialSpec;
  const label = row.recipe === null ? null : recipeLabel(row.recipe as unknown as Recipe);
  const layersOf = (name: string | null) => engines.find((engine) => engine.label === name)?.layers ?? null;
  const [int8Layers, floatLayers] = [layersOf(label), layersOf(row.floatVariant)];
  const accuracy = engines.find((engine) => engine.label === label)?.layerAccuracy ?? null;
  const device = (document.record?.['device'] as Device | undefined) ?? null;
  return (
    <Card withBorder component="section" aria-label={recipeText(row.recipe)}>
      <Stack gap="lg">
        <div className={`answer answer-${row.verdict}`}>
          <Group gap="sm" mb={4}>
            <Title order={2} size="h4">
              {recipeText(row.recipe)}
            </Title>
            <VerdictMark verdict={row.verdict} />
          </Group>
          <Text size="lg">{answerOf(row, spec.plan.threshold)}</Text>
          {row.speedup !== null && (
            <Text className="quiet tabular">
              {formatSpeedup(row.speedup)} in 95 % intervals, {formatCount(row.rounds, 'round')}
              {row.accuracy === null
                ? '; accuracy unknown: no dataset was given'
                : `; ${formatAccuracy(row.accuracy)} against ${row.accuracy.reference} on ${formatCount(row.accuracy.inputs, 'input')}`}
            </Text>
          )}
        </div>
        {row.times !== null && (
          <>
            <TimeSplitChart row={row} />
            <TimesTable row={row} times={row.times} proportional={proportionalOf(row, int8Layers, spec)} />
          </>
        )}
        <ReasonsSection reasons={row.reasons} />
        {row.times !== null && device !== null && (
          <WhatIfSection
            row={row}
            times={row.times}
            device={device}
            int8Layers={int8Layers}
            floatLayers={floatLayers}
            threshold={spec.plan.threshold}
          />
        )}
        {row.times !== null && device !== null && document.record !== null && (
          <PotentialSection
            row={row}
            times={row.times}
            device={device}
            record={document.record}
            int8Layers={int8Layers}
            floatLayers={floatLayers}
          />
        )}
        {label !== null && row.floatVariant !== null && (
          <RoundsChart
            rounds={document.rounds}
            floatLabel={row.floatVariant}
            int8Label={label}
            interval={row.speedup}
            threshold={spec.plan.threshold}
          />
        )}
        {row.times !== null && (
          <LayersSection
            int8={int8Layers}
            float={floatLayers}
            times={row.times}
            runtime={spec.runtime}
            name={recipeText(row.recipe)}
          />
        )}
        {accuracy !== null && (
          <LayerAccuracySection layers={accuracy} name={recipeText(row.recipe)} title="Accuracy by layer" />
        )}
      </Stack>
    </Card>
  );
}

/** The split with profiling's cost in proportion, by part of the formula; null where nothing was profiled. */
function proportionalOf(
  { times }: ResultRow,
  layers: readonly ClassedLayer[] | null,
  spec: TrialSpec,
): TimeParts | null {
  if (times === null || layers === null) return null;
  return splitTimes(layers, times.int8EndToEndNs, mostLayerCostNs(spec.runtime))?.proportional ?? null;
}

/** design.md section 2: the proportional value is shown where the two differ by more than 20 %. */
function differs(ns: number | null, other: number | undefined): other is number {
  return ns !== null && other !== undefined && Math.abs(ns - other) > 0.2 * Math.max(ns, other);
}

interface TimesProps {
  row: ResultRow;
  times: NonNullable<ResultRow['times']>;
  proportional: TimeParts | null;
}

function TimesTable({ row, times, proportional }: TimesProps) {
  const fused = times.fused;
  const conversion = (ns: number | null, inside: number | undefined, other: number | undefined) => {
    const fusedText =
      inside === undefined || inside === 0 ? null : `inside ${formatCount(inside, 'layer')}, not separable`;
    // A conversion inside a layer costs time that nobody can tell: it is no zero.
    if (fusedText !== null && (ns ?? 0) === 0) return fusedText;
    const apart = fusedText === null ? '' : ` + ${fusedText}`;
    const otherwise = differs(ns, other) ? ` (${formatNs(other)} if profiling slowed all layers alike)` : '';
    return `${formatNs(ns)}${apart}${otherwise}`;
  };
  const lines: [string, string][] = [
    [`T_float (${row.floatVariant ?? ''})`, formatNs(times.tFloatNs)],
    ['− T_quant', conversion(times.tQuantNs, fused?.quantize, proportional?.tQuantNs)],
    ['− T_int8', conversion(times.tInt8Ns, 0, proportional?.tInt8Ns)],
    ['− T_dequant', conversion(times.tDequantNs, fused?.dequantize, proportional?.tDequantNs)],
    ['= gain of INT8', formatNs(row.gainNs)],
  ];
  const others = Object.entries(row.floats).filter(([variant]) => variant !== row.floatVariant);
  return (
    <Table maw={680} verticalSpacing={4} aria-label="Gain of INT8">
      <Table.Tbody>
        {lines.map(([name, value], index) => (
          <Table.Tr key={name} fw={index === lines.length - 1 ? 700 : undefined}>
            <Table.Th scope="row" fw="inherit" style={{ whiteSpace: 'nowrap' }}>
              {name}
            </Table.Th>
            <Table.Td className="numeric">{value}</Table.Td>
          </Table.Tr>
        ))}
        {others.map(([variant, ns]) => (
          <Table.Tr key={variant} className="quiet">
            <Table.Th scope="row" fw={400}>
              gain against {variant} ({formatNs(ns)})
            </Table.Th>
            <Table.Td className="numeric">{formatNs(ns - times.int8EndToEndNs)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
