import {
  mostLayerCostNs,
  potentialOf,
  splitTimes,
  type ClassedLayer,
  type Device,
  type EnginePotential,
  type FloatVariant,
  type LayerRoofline,
  type LayerWork,
  type Peaks,
  type Potential,
  type ResultRow,
} from '@octet/domain';
import { Stack, Table, Text, Title } from '@mantine/core';
import { formatBytes, formatFactor, formatNs } from '../../format.js';

/** Layers shown: those that lose most time to their bounds. */
const shown = 8;

interface Props {
  row: ResultRow;
  times: NonNullable<ResultRow['times']>;
  device: Device;
  record: Record<string, unknown>;
  int8Layers: readonly ClassedLayer[] | null;
  floatLayers: readonly ClassedLayer[] | null;
}

/** Why INT8 could be faster on this device, by how much at most, and where the measured engine falls short of that. */
export function PotentialSection({ row, times, device, record, int8Layers, floatLayers }: Props) {
  const float = (row.floatVariant ?? 'fp32') as FloatVariant;
  const floatCost =
    floatLayers === null ? null : splitTimes(floatLayers, times.tFloatNs, mostLayerCostNs(row.runtime.name));
  const potential = potentialOf({
    device,
    floatVariant: float,
    peaks: (record['peaks'] as Peaks | undefined) ?? null,
    work: (record['work'] as LayerWork[] | undefined) ?? null,
    float: { layers: floatLayers, layerOverheadNs: floatCost?.layerOverheadNs ?? 0 },
    int8: { layers: int8Layers, layerOverheadNs: times.layerOverheadNs ?? 0 },
  });
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Why it could be fast
      </Title>
      <Text size="sm">{theoryText(potential, float)}</Text>
      <Text size="sm">{reachedText(potential, float, times)}</Text>
      {potential.peaks !== null && (
        <Text size="xs" className="quiet">
          Peaks: {potential.peaks.source}. The bound of a layer is its operations at peak rate or its bytes at memory
          speed, whichever takes longer (roofline); more than 100 % means that its data came from a cache.
        </Text>
      )}
      {potential.int8 !== null && <LayersTable layers={furthest(potential.int8)} />}
    </Stack>
  );
}

function theoryText({ theory, peaks, peakRatio }: Potential, float: string): string {
  const why =
    theory.mechanism === null
      ? 'Nothing on this device is known to speed INT8 up.'
      : theory.compute === null
        ? `INT8 runs by ${theory.mechanism}; no source states its rate against ${float}.`
        : `${theory.mechanism}: INT8 multiplies up to ${formatFactor(theory.compute)} as fast as ${float}, and moves 1/${theory.memory} of the bytes.`;
  if (peaks === null || peakRatio === null) return why;
  const [int8, other] = [peaks.teraOps.int8, peaks.teraOps[float as FloatVariant]];
  return `${why} Peak here: ${formatRate(int8)} in INT8, ${formatRate(other)} in ${float}, ${formatFactor(peakRatio)}.`;
}

function reachedText({ float, int8, speedupAtRoofline }: Potential, variant: string, times: Props['times']): string {
  const got = `Measured: ${formatFactor(times.tFloatNs / times.int8EndToEndNs)}.`;
  if (float === null || int8 === null) {
    return `${got} How much of the peak the layers reach is not known: peaks, layer times or the model's work are missing.`;
  }
  const bound =
    speedupAtRoofline === null
      ? ''
      : ` At their bounds the multiplying layers would be ${formatFactor(speedupAtRoofline)} as fast in INT8.`;
  return `${got}${bound} The layers of ${variant} reach ${formatShare(float.reached)} of their bounds, those of the INT8 engine ${formatShare(int8.reached)}.`;
}

function formatRate(teraOps: number | null): string {
  if (teraOps === null) return '–';
  return teraOps >= 1 ? `${teraOps.toFixed(1)} TOP/s` : `${(1000 * teraOps).toFixed(0)} GOP/s`;
}

function formatShare(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(0)} %`;
}

/** By time lost to the bound, most first. */
function furthest({ layers }: EnginePotential): LayerRoofline[] {
  const lost = ({ timeNs, boundNs }: LayerRoofline): number => (timeNs ?? 0) - (boundNs ?? 0);
  return layers
    .filter(({ boundNs, timeNs }) => boundNs !== null && timeNs !== null)
    .toSorted((a, b) => lost(b) - lost(a))
    .slice(0, shown);
}

function LayersTable({ layers }: { layers: readonly LayerRoofline[] }) {
  const name = 'Layers of the INT8 engine furthest from their bounds';
  return (
    <Table.ScrollContainer minWidth={560} tabIndex={0} role="region" aria-label={name}>
      <Table verticalSpacing={4}>
        <Table.Caption>{name}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Layer</Table.Th>
            {['operations', 'bytes', 'bound', 'time', 'reached'].map((column) => (
              <Table.Th scope="col" key={column} className="numeric">
                {column}
              </Table.Th>
            ))}
            <Table.Th scope="col">limited by</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {layers.map((layer, index) => (
            <Table.Tr key={index}>
              <Table.Th scope="row" fw={400} className="layer-name">
                {layer.name}
              </Table.Th>
              <Table.Td className="numeric">
                {layer.operations === null ? '–' : formatCompact(layer.operations)}
              </Table.Td>
              <Table.Td className="numeric">{formatBytes(layer.bytes)}</Table.Td>
              <Table.Td className="numeric">{formatNs(layer.boundNs)}</Table.Td>
              <Table.Td className="numeric">{formatNs(layer.timeNs)}</Table.Td>
              <Table.Td className="numeric">{formatShare(layer.reached)}</Table.Td>
              <Table.Td>{layer.limitedBy === 'compute' ? 'computing' : 'memory'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function formatCompact(operations: number): string {
  if (operations >= 1e9) return `${(operations / 1e9).toFixed(1)} G`;
  return operations >= 1e6 ? `${(operations / 1e6).toFixed(1)} M` : `${(operations / 1e3).toFixed(1)} k`;
}
