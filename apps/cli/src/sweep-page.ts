import type { BreakEvenFit, RuleCount, Slope, SweepCellResult } from '@octet/domain';
import type { SweepResult } from './sweep-run.js';

/** The sweep as a Markdown page: the grid, what the lecture's rule got right and wrong, and where INT8 starts to pay. */
export function sweepPage(result: SweepResult): string {
  const { definition, device, runtime } = result;
  return [
    `# Sweep: ${definition.family} stacks, ${device?.class ?? 'unknown device'}`,
    '',
    `Measured ${result.measuredAt} with ${runtime?.name ?? '?'} ${runtime?.version ?? '?'}; ${definition.depth} layers each, random weights and inputs, seed ${result.seed}.`,
    'Speed-up = T_float / T_INT8 end to end, median of paired rounds with its 95 % interval.',
    '',
    ...gridTable(result),
    '',
    '## The rule, tested',
    '',
    `"Bigger weights, bigger speed-up": ${ruleText(result.rule.weights)}.`,
    `"Bigger input, smaller gain": ${ruleText(result.rule.input)}.`,
    'Counted over neighbouring cells of the grid; two cells are told apart if their intervals do not overlap.',
    '',
    ...(result.fit === null ? ['Too few cells for a fit.'] : fitText(result.fit, axisName(result))),
  ].join('\n');
}

function axisName({ definition }: SweepResult): string {
  return definition.family === 'convolution' ? 'input side' : 'rows';
}

function gridTable(result: SweepResult): string[] {
  const widths = [...new Set(result.cells.map(({ cell }) => cell.width))];
  const sizes = [...new Set(result.cells.map(({ cell }) => cell.size))].sort((a, b) => a - b);
  const rows = widths.map((width) => {
    const cells = sizes.map((size) => result.cells.find(({ cell }) => cell.width === width && cell.size === size));
    const weights = cells.find((cell) => cell !== undefined)?.cell.weights;
    return `| ${width} (${weights ?? '-'} weights) | ${cells.map(cellText).join(' | ')} |`;
  });
  return [
    `| width \\ ${axisName(result)} | ${sizes.join(' | ')} |`,
    `|---|${sizes.map(() => '---').join('|')}|`,
    ...rows,
  ];
}

function cellText(result: SweepCellResult | undefined): string {
  if (result === undefined) return '';
  if (result.speedup === null) return result.verdict;
  const { median, low, high } = result.speedup;
  const remark = result.verdict === 'unstable' ? ' unstable' : '';
  if (low === null || high === null) return `${median.toFixed(2)}${remark}`;
  return `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]${remark}`;
}

function ruleText({ holds, contradicted, notTold }: RuleCount): string {
  return `held in ${holds}, contradicted in ${contradicted}, not told apart in ${notTold} steps`;
}

function fitText(fit: BreakEvenFit, axis: string): string[] {
  const slope = ({ value, low, high }: Slope): string => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const explained = fit.explained === null ? '' : ` It explains ${(100 * fit.explained).toFixed(0)} % of the variance;`;
  return [
    '## Where INT8 starts to pay',
    '',
    `log2(speed-up) over log2(weights) and log2(${axis}), ${fit.points} cells: weights ${slope(fit.weightsSlope)}, ${axis} ${slope(fit.sizeSlope)}, both together ${slope(fit.interaction)}.${explained} residual ${fit.residual.toFixed(3)}.`,
    '',
    `| ${axis} | weights at break-even | 95 % interval | inside the grid |`,
    '|---|---|---|---|',
    ...fit.lines.map(
      ({ size, weights, low, high, withinGrid }) =>
        `| ${size} | ${count(weights)} | ${low === null && high === null ? 'none' : `${count(low)} to ${count(high)}`} | ${withinGrid ? 'yes' : 'no'} |`,
    ),
  ];
}

function count(value: number | null): string {
  if (value === null) return 'never';
  if (value < 1) return 'below 1';
  return value >= 1e9 ? value.toExponential(1) : Math.round(value).toLocaleString('en-US');
}
