import type { LayerAccuracy } from '@octet/domain';
import { Stack, Text, Title } from '@mantine/core';
import type { ChartConfiguration } from 'chart.js';
import { useMemo, type ReactNode } from 'react';
import { Chart } from '../../charts/chart.js';
import { palette } from '../../charts/palette.js';
import { LongName } from '../../parts/long-name.js';
import { SortableTable, type Column } from '../../parts/sortable-table.js';
import { layerFalls, type LayerFall } from './layer-falls.js';

const columns: Column<LayerFall>[] = [
  { name: '#', value: (layer) => layer.order, numeric: true },
  {
    name: 'Output',
    value: (layer) => layer.tensor,
    show: (layer) => <LongName name={layer.tensor} />,
  },
  { name: 'Operator', value: (layer) => layer.type },
  { name: 'SQNR, dB', value: (layer) => layer.sqnrDb, show: (layer) => layer.sqnrDb.toFixed(1), numeric: true },
  {
    name: 'Lost here, dB',
    value: (layer) => layer.lostDb,
    show: (layer) => (layer.lostDb <= 0 ? '–' : layer.lostDb.toFixed(1)),
    numeric: true,
  },
  { name: 'Cosine', value: (layer) => layer.cosine, show: (layer) => layer.cosine.toFixed(5), numeric: true },
];

interface Props {
  layers: readonly LayerAccuracy[];
  name: string;
  title: string;
  /** Rank of the heading: 2 where the section stands alone. */
  order?: 2 | 3;
  children?: ReactNode;
}

/** Where along the network INT8 loses likeness to FP32. */
export function LayerAccuracySection({ layers, name, title, order = 3, children }: Props) {
  const falls = useMemo(() => layerFalls(layers), [layers]);
  const config = useMemo(() => accuracyConfig(falls), [falls]);
  if (falls.length === 0) return null;
  const worst = falls.toSorted((a, b) => b.lostDb - a.lostDb)[0]!;
  return (
    <Stack gap="xs">
      <Title order={order} size={order === 2 ? 'h4' : 'h5'}>
        {title}
      </Title>
      <Text size="sm" className="quiet">
        Likeness of each layer’s output to FP32, in order of execution; 20 dB is an error of a tenth, 40 dB of a
        hundredth. Errors add up: the layers with a sharp fall are the ones to leave in float first.
      </Text>
      {worst.lostDb > 0 && (
        <Text>
          The sharpest fall is at <b>{worst.tensor}</b> ({worst.type}): {worst.lostDb.toFixed(1)} dB, down to{' '}
          {worst.sqnrDb.toFixed(1)} dB.
        </Text>
      )}
      {children}
      <Chart
        title={`${title}, dB`}
        config={config}
        summary={`SQNR of ${falls.length} layers of ${name}, from ${falls[0]!.sqnrDb.toFixed(1)} dB at the first to ${falls.at(-1)!.sqnrDb.toFixed(1)} dB at the last; sharpest fall at ${worst.tensor}`}
        height={220}
        data={{
          columns: ['#', 'output', 'operator', 'SQNR dB', 'lost here dB', 'cosine'],
          rows: falls.map((layer) => [layer.order, layer.tensor, layer.type, layer.sqnrDb, layer.lostDb, layer.cosine]),
        }}
      />
      <SortableTable
        caption={`Accuracy by layer of ${name}`}
        columns={columns}
        rows={falls}
        most={8}
        sort={{ column: 'Lost here, dB', descending: true }}
      />
    </Stack>
  );
}

function accuracyConfig(falls: readonly LayerFall[]): ChartConfiguration {
  return {
    type: 'line',
    data: {
      datasets: [
        {
          label: 'SQNR',
          data: falls.map((layer) => ({ x: layer.order, y: layer.shownDb })),
          borderColor: palette.int8,
          backgroundColor: palette.int8,
          borderWidth: 2,
          pointRadius: falls.length > 80 ? 0 : 3,
        },
      ],
    },
    options: {
      scales: {
        x: { type: 'linear', min: 1, title: { display: true, text: 'layer' }, ticks: { precision: 0 } },
        y: { title: { display: true, text: 'SQNR, dB' } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: (items) => falls[items[0]?.dataIndex ?? 0]?.tensor ?? '',
            label: ({ dataIndex }) => `${falls[dataIndex]!.sqnrDb.toFixed(1)} dB`,
          },
        },
      },
    },
  };
}
