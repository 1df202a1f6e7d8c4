import type { ClassedLayer, ResultRow, RuntimeName } from '@octet/domain';
import { Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.js';
import { formatNs } from '../../format.js';
import { LongName } from '../../parts/long-name.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { layerRows, type LayerRow } from './layer-rows.js';
import { costliest, layersConfig } from './layers-chart.js';

const columns: Column<LayerRow>[] = [
  { name: '#', value: (row) => row.order, numeric: true },
  {
    name: 'Layer of the INT8 engine',
    value: (row) => (row.order === null ? null : row.name),
    show: (row) => (row.order === null ? '–' : <LongName name={row.name} />),
  },
  { name: 'Operator', value: (row) => row.type },
  {
    name: 'Class',
    value: (row) => row.class,
    show: (row) => (row.conversion ? <b>⇄ {row.class}</b> : row.class),
  },
  { name: 'INT8 engine', value: (row) => row.int8Ns, show: (row) => formatNs(row.int8Ns), numeric: true, unit: 'ns' },
  {
    name: 'Float engine',
    value: (row) => row.floatNs,
    show: (row) => formatNs(row.floatNs),
    numeric: true,
    unit: 'ns',
  },
  {
    name: 'Float / INT8',
    value: (row) => ratio(row),
    show: (row) => (ratio(row) === null ? '–' : `${ratio(row)!.toFixed(2)}×`),
    numeric: true,
  },
];

function ratio({ int8Ns, floatNs }: LayerRow): number | null {
  return int8Ns === null || floatNs === null || int8Ns === 0 ? null : floatNs / int8Ns;
}

interface Props {
  int8: readonly ClassedLayer[] | null;
  float: readonly ClassedLayer[] | null;
  times: NonNullable<ResultRow['times']>;
  runtime: RuntimeName;
  name: string;
}

/** Where the time goes layer by layer, the float engine beside the INT8 engine. */
export function LayersSection({ int8, float, times, runtime, name }: Props) {
  const rows = useMemo(
    () => (int8 === null ? [] : layerRows(int8, float ?? [], times, runtime)),
    [int8, float, times, runtime],
  );
  const shown = useMemo(() => costliest(rows), [rows]);
  const config = useMemo(() => layersConfig(shown), [shown]);
  if (int8 === null || rows.length === 0)
    return <Text className="quiet">This runtime did not tell the times of single layers.</Text>;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Layer by layer
      </Title>
      <Text size="sm" className="quiet">
        From a separate profiled run, less what profiling adds to each layer. ⇄ marks conversions: work that only exists
        because of INT8. {float === null ? 'The float engine was not profiled.' : ''}
      </Text>
      <Chart
        title={`The ${shown.length} costliest layers`}
        config={config}
        summary={`Times of the costliest layers of ${name}`}
        height={shown.length * 30 + 100}
        data={{
          columns: ['layer', 'class', 'INT8 ns', 'float ns'],
          rows: shown.map((row) => [row.name, row.class, row.int8Ns, row.floatNs]),
        }}
      />
      <SortableTable
        caption={`Layers of ${name}`}
        columns={columns}
        rows={rows}
        most={20}
        sort={{ column: 'INT8 engine', descending: true }}
      />
    </Stack>
  );
}
