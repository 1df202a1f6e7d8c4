import {
  mostLayerCostNs,
  potentialOf,
  splitTimes,
  type ClassedLayer,
  type Device,
  type FloatVariant,
  type LayerRoofline,
  type LayerWork,
  type Peaks,
  type ResultRow,
} from '@octet/domain';
import { Stack, Table, Text, Title } from '@mantine/core';
import { formatBytes, formatFactor, formatNs } from '../../format.js';
import { LongName } from '../../parts/long-name.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { ceilingsOf, operationsText, reachedText, shareText, type Ceiling } from './potential-words.js';

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
  const { theory, peaks } = potential;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Why it could be fast
      </Title>
      <Text size="sm">
        {theory.mechanism === null
          ? 'Nothing on this device is known to multiply INT8 faster.'
          : `This device has ${theory.mechanism} to multiply INT8, and INT8 moves 1/${theory.memory} of the bytes of ${float.toUpperCase()}. From what that promises down to what came out:`}
      </Text>
      <CeilingTable float={float} ceilings={ceilingsOf(potential, float, times.tFloatNs / times.int8EndToEndNs)} />
      <Text size="sm">{reachedText(potential, float)}</Text>
      {potential.int8 !== null && (
        <>
          <Text size="sm" className="quiet">
            The bound of a layer is the longer of two times: its operations at the peak rate, and its bytes at the speed
            of memory. What a layer takes beyond that could be won by better kernels, larger layers or larger batches.
          </Text>
          <SortableTable
            caption="Layers of the INT8 engine beside their bounds"
            columns={columns}
            rows={potential.int8.layers.filter(({ boundNs, timeNs }) => boundNs !== null && timeNs !== null)}
            most={8}
            sort={{ column: 'Beyond', descending: true }}
          />
        </>
      )}
      {peaks !== null && (
        <Text size="xs" className="quiet">
          Peaks: {peaks.source}; memory {peaks.memoryGBs.toPrecision(3)} GB/s. A multiply-add is two operations.
        </Text>
      )}
    </Stack>
  );
}

function CeilingTable({ float, ceilings }: { float: string; ceilings: readonly Ceiling[] }) {
  return (
    <Table maw={760} verticalSpacing={4} aria-label={`INT8 against ${float}: what is promised and what came out`}>
      <Table.Tbody>
        {ceilings.map(({ name, factor, why }, index) => (
          <Table.Tr key={name} fw={index === ceilings.length - 1 ? 700 : undefined}>
            <Table.Th scope="row" fw="inherit">
              {name}
              <Text size="xs" className="quiet" fw={400}>
                {why}
              </Text>
            </Table.Th>
            <Table.Td className="numeric">{formatFactor(factor)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const beyondNs = ({ timeNs, boundNs }: LayerRoofline): number => Math.max(0, (timeNs ?? 0) - (boundNs ?? 0));

const columns: Column<LayerRoofline>[] = [
  { name: 'Layer', value: ({ name }) => name, show: ({ name }) => <LongName name={name} /> },
  { name: 'Operator', value: ({ type }) => type },
  {
    name: 'Operations',
    value: ({ operations }) => operations,
    show: ({ operations }) => operationsText(operations),
    numeric: true,
  },
  { name: 'Moves', value: ({ bytes }) => bytes, show: ({ bytes }) => formatBytes(bytes), numeric: true, unit: 'bytes' },
  {
    name: 'Bound',
    value: ({ boundNs }) => boundNs,
    show: ({ boundNs }) => formatNs(boundNs),
    numeric: true,
    unit: 'ns',
  },
  {
    name: 'Bound set by',
    value: ({ limitedBy }) => (limitedBy === 'compute' ? 'computing' : 'memory'),
  },
  { name: 'Takes', value: ({ timeNs }) => timeNs, show: ({ timeNs }) => formatNs(timeNs), numeric: true, unit: 'ns' },
  { name: 'Beyond', value: beyondNs, show: (layer) => formatNs(beyondNs(layer)), numeric: true, unit: 'ns' },
  {
    name: 'Reached',
    value: ({ reached }) => reached,
    show: ({ reached }) => shareText(reached),
    numeric: true,
  },
];
