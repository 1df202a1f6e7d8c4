import { gpuCapabilityOf, whatIf, type Bound, type ClassedLayer, type Device, type ResultRow } from '@octet/domain';
import { Stack, Table, Text, Title } from '@mantine/core';
import { formatFactor, formatNs } from '../../format.js';

interface Props {
  row: ResultRow;
  times: NonNullable<ResultRow['times']>;
  device: Device;
  int8Layers: readonly ClassedLayer[] | null;
  floatLayers: readonly ClassedLayer[] | null;
  threshold: number;
}

/** How far INT8 could come if one thing cost nothing: says where work would be lost. */
export function WhatIfSection({ row, times, device, int8Layers, floatLayers, threshold }: Props) {
  const gpu = device.kind === 'cpu' ? null : gpuCapabilityOf(device.architecture, device.name);
  const bounds = whatIf({ gpu, runtime: row.runtime, times, floats: row.floats, int8Layers, floatLayers });
  const lines = [
    ['conversions cost nothing', bounds.conversionsFree],
    ['what stayed in FP32 ran in FP16', bounds.floatRemainderFp16],
    ['channels filled INT8 kernels', bounds.channelsAligned],
  ] as const;
  const told = lines.flatMap(([name, bound]) => (bound === null ? [] : [{ name, bound }]));
  if (told.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        What if …
      </Title>
      <Text size="sm" className="quiet">
        Upper bounds from this profile, not promises: by its medians INT8 now runs{' '}
        {formatFactor(times.tFloatNs / times.int8EndToEndNs)} as fast as {row.floatVariant ?? 'float'}; {threshold} is
        asked for.
      </Text>
      <Table.ScrollContainer minWidth={480} tabIndex={0} role="region" aria-label="What if">
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">If …</Table.Th>
              <Table.Th scope="col" className="numeric">
                at most
              </Table.Th>
              <Table.Th scope="col" className="numeric">
                saved
              </Table.Th>
              <Table.Th scope="col">then INT8</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {told.map(({ name, bound }) => (
              <Line key={name} name={name} bound={bound} threshold={threshold} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function Line({ name, bound, threshold }: { name: string; bound: Bound; threshold: number }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {name}
        <Text size="xs" className="quiet">
          assumed: {bound.assumption}
        </Text>
      </Table.Th>
      <Table.Td className="numeric">{formatFactor(bound.speedup)}</Table.Td>
      <Table.Td className="numeric">{formatNs(bound.savedNs)}</Table.Td>
      <Table.Td>{bound.speedup >= threshold ? 'could be worth it' : 'would still not pay'}</Table.Td>
    </Table.Tr>
  );
}
