import { Button, Group, Text, useComputedColorScheme } from '@mantine/core';
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as ChartJs,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js';
import { useEffect, useId, useRef, useState } from 'react';
import { PlainTable } from '../parts/plain-table.js';
import { usePrinting } from '../parts/printing.js';
import { fileName, saveFile, saveTable, type TableCell } from '../parts/save-file.js';

ChartJs.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
);

/** The numbers behind a chart, as they were measured: what the CSV and the table under it hold. */
export interface ChartData {
  columns: string[];
  rows: TableCell[][];
}

interface Props {
  title: string;
  /** What a screen reader hears in place of the picture: its message in a sentence. */
  summary: string;
  config: ChartConfiguration;
  data: ChartData;
  height: number;
  /** One line under the title: how to read it. */
  note?: string;
}

/** What fits between the margins of an A4 sheet, CSS px. */
const paperWidth = 660;
const grounds = { light: '#ffffff', dark: '#1f2123' };

/** A chart.js chart that follows the colour scheme, with its data as a table, a CSV and a PNG. */
export function Chart({ title, summary, config, data, height, note }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<ChartJs | null>(null);
  const [open, setOpen] = useState(false);
  const tableId = useId();
  const chosen = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const printing = usePrinting();
  const scheme = printing ? 'light' : chosen;
  useEffect(() => {
    ChartJs.defaults.color = scheme === 'dark' ? '#d0d4d8' : '#33383d';
    ChartJs.defaults.borderColor = scheme === 'dark' ? '#43484d' : '#dfe3e7';
    ChartJs.defaults.font.family = 'system-ui, sans-serif';
    chart.current = new ChartJs(canvas.current!, {
      ...config,
      options: { animation: false, maintainAspectRatio: false, responsive: !printing, ...config.options },
    });
    if (printing) chart.current.resize(paperWidth, height);
    return () => chart.current?.destroy();
  }, [config, scheme, printing, height]);
  return (
    <figure className="chart">
      <Group justify="space-between" align="flex-start" gap="xs" mb={4}>
        <Text component="figcaption" fw={600}>
          {title}
        </Text>
        <Group gap={6} className="no-print">
          <Button
            variant="default"
            size="compact-xs"
            aria-expanded={open}
            aria-controls={tableId}
            aria-label={`${open ? 'Hide' : 'Show'} data: ${title}`}
            onClick={() => setOpen(!open)}
          >
            {open ? 'Hide data' : 'Show data'}
          </Button>
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`CSV of ${title}`}
            onClick={() => saveTable(title, data.columns, data.rows)}
          >
            CSV
          </Button>
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`PNG of ${title}`}
            onClick={() => savePicture(canvas.current!, title, grounds[scheme])}
          >
            PNG
          </Button>
        </Group>
      </Group>
      {note !== undefined && (
        <Text size="sm" className="quiet" mb={4}>
          {note}
        </Text>
      )}
      <div className="chart-canvas" style={{ height }}>
        <canvas ref={canvas} role="img" aria-label={summary} />
      </div>
      <div id={tableId}>{open && <PlainTable caption={title} columns={data.columns} rows={data.rows} />}</div>
    </figure>
  );
}

/** A PNG on the page's own ground: a transparent one is unreadable on another. */
function savePicture(canvas: HTMLCanvasElement, title: string, ground: string): void {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d')!;
  context.fillStyle = ground;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob !== null && saveFile(`${fileName(title)}.png`, blob), 'image/png');
}
