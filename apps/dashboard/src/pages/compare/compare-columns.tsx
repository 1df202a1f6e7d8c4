import { Text } from '@mantine/core';
import { targetText } from '../../data/targets.js';
import { formatCount, formatFactor, formatMillijoules } from '../../format.js';
import type { Column } from '../../parts/sortable-table.js';
import { engines, type MeanRatio, type TargetComparison } from './comparison.js';

function intervalText(low: number, high: number): string {
  return `[${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

/** For a screen reader, in place of the chart. */
export function ratioText(ratio: MeanRatio | null): string {
  if (ratio === null) return 'no model in common';
  const interval = ratio.low === null || ratio.high === null ? '' : ` ${intervalText(ratio.low, ratio.high)}`;
  return `${formatFactor(ratio.mean)}${interval}, ${formatCount(ratio.models, 'model')}`;
}

function Energy({ energy }: { energy: MeanRatio | null }) {
  if (energy === null) return <span className="quiet">not measured</span>;
  return <TwoLines first={formatMillijoules(energy.mean)} second={formatCount(energy.models, 'model')} />;
}

function Base({ ratio }: { ratio: MeanRatio | null }) {
  if (ratio === null) return <span className="quiet">not measured</span>;
  return <TwoLines first="1×" second={`the base, ${formatCount(ratio.models, 'model')}`} />;
}

function Factor({ ratio, without }: { ratio: MeanRatio | null; without: string }) {
  if (ratio === null) return <span className="quiet">{without}</span>;
  const models = formatCount(ratio.models, 'model');
  const second =
    ratio.low === null || ratio.high === null ? models : `${intervalText(ratio.low, ratio.high)}, ${models}`;
  return <TwoLines first={formatFactor(ratio.mean)} second={second} />;
}

/** A number, and under it what it rests on: a row of many columns stays narrow. */
function TwoLines({ first, second }: { first: string; second: string }) {
  return (
    <>
      {first}
      <Text size="xs" className="quiet">
        {second}
      </Text>
    </>
  );
}

/** Speed, gain, energy and cost of each device class. */
export function columnsFor(comparisons: readonly TargetComparison[]): Column<TargetComparison>[] {
  const base = comparisons[0]?.target.deviceName ?? '';
  return [
    {
      name: 'Device class',
      value: (each) => targetText(each.target),
      show: (each) => <span style={{ display: 'block', minWidth: 180 }}>{targetText(each.target)}</span>,
    },
    ...engines.map((engine): Column<TargetComparison> => {
      const of = (each: TargetComparison) => each.relative[engine] ?? null;
      return {
        name: `${engine.toUpperCase()} against ${base}`,
        value: (each) => of(each)?.mean,
        show: (each) =>
          each === comparisons[0] ? (
            <Base ratio={of(each)} />
          ) : (
            <Factor ratio={of(each)} without="no model in common" />
          ),
        numeric: true,
      };
    }),
    {
      name: 'Gain of INT8 here',
      value: (each) => each.gain?.mean,
      show: (each) => <Factor ratio={each.gain} without="not measured" />,
      numeric: true,
    },
    ...(['float', 'int8'] as const).map((engine): Column<TargetComparison> => ({
      name: `Energy of one in ${engine === 'int8' ? 'INT8' : 'float'}`,
      unit: 'mJ',
      value: (each) => each.energy[engine]?.mean,
      show: (each) => <Energy energy={each.energy[engine]} />,
      numeric: true,
    })),
    {
      name: 'Cost of a million',
      value: (each) => each.costPerMillion,
      show: (each) => each.costPerMillion?.toPrecision(3) ?? <span className="quiet">no price</span>,
      numeric: true,
    },
  ];
}
