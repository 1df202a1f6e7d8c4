import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  curvesFromResults,
  OctetError,
  planRollout,
  selectEngines,
  splitRequests,
  tritonConfig,
  type LatencyCurve,
  type LeftOut,
  type RolloutAnswer,
  type RolloutPlan,
} from '@octet/domain';
import { ControllerClient } from '../controller-client.js';
import { note, printJson, printText } from '../output.js';
import { parseBytes, parseDuration, parsePrice, readLatencies, readTrace } from '../rollout-input.js';
import { textTable } from '../table.js';
import { fetchVerdicts } from './verdicts.js';

interface Options {
  latencies?: string;
  device?: string;
  p99?: string;
  rate?: string;
  price?: string;
  engines?: string;
  trace?: string;
  memory?: string;
  maxInstances: string;
  requests: string;
  seed: string;
  split?: string;
  variant?: string;
  triton?: string;
  json?: boolean;
}

export function registerRollout(program: Command): void {
  program
    .command('rollout')
    .description('how to serve at scale: linear, batch or multi-engine scheduling, INT8 against float')
    .argument('[model]', 'a model measured by the fleet (name or SHA-256)')
    .option('--latencies <file>', 'JSON of latencies from elsewhere instead of a model')
    .option('--device <class>', 'device class')
    .option('--p99 <time>', 'bound on the 99th percentile, e.g. 20ms')
    .option('--rate <n>', 'requests per second; without it the highest rate under the bound')
    .option('--price <price>', 'price of one device for an hour, e.g. 0.35/h')
    .option('--engines <list>', 'batch sizes that engines may have, e.g. 1,4,6,10')
    .option('--trace <file>', 'recorded arrival times in ms instead of Poisson arrivals')
    .option('--memory <size>', 'device memory for the engines of one device, e.g. 6GB')
    .option('--max-instances <n>', 'most devices to plan with', '64')
    .option('--requests <n>', 'requests in each simulation', '40000')
    .option('--seed <n>', 'seed of arrivals', '1')
    .option('--split <n>', 'only say how N waiting requests are split over the engines')
    .option('--variant <name>', 'only this variant')
    .option('--triton <file>', 'write a Triton config.pbtxt fragment of the plan')
    .option('--json', 'one JSON document on stdout')
    .action(async (model: string | undefined, options: Options) => {
      const { curves, leftOut } = await latencyCurves(model, options);
      if (options.split !== undefined) printSplit(curves, options);
      else printPlan(curves, leftOut, options);
    });
}

async function latencyCurves(
  model: string | undefined,
  options: Options,
): Promise<{ curves: LatencyCurve[]; leftOut: LeftOut[] }> {
  if (options.latencies !== undefined)
    return { curves: ofVariant(readLatencies(options.latencies), options.variant), leftOut: [] };
  if (model === undefined)
    throw new OctetError('option-invalid', 'Name a MODEL that the fleet has measured, or give --latencies FILE.');
  const rows = await fetchVerdicts(new ControllerClient(), {
    model,
    ...(options.device === undefined ? {} : { class: options.device }),
  });
  const classes = [...new Set(rows.map((row) => `${row.device.class} (${row.runtime.name})`))];
  if (rows.length === 0)
    throw new OctetError(
      'model-not-measured',
      `Nothing measured of ${model}${options.device === undefined ? '' : ` on ${options.device}`}. Submit a matrix with batches [1, 4, 6, 10] first.`,
    );
  if (classes.length > 1)
    throw new OctetError('option-invalid', `${model} was measured on ${classes.join(', ')}: choose one with --device.`);
  const { curves, leftOut } = curvesFromResults(rows);
  return { curves: ofVariant(curves, options.variant), leftOut };
}

function ofVariant(curves: LatencyCurve[], variant: string | undefined): LatencyCurve[] {
  if (variant === undefined) return curves;
  const found = curves.filter((curve) => curve.variant === variant);
  if (found.length === 0)
    throw new OctetError(
      'option-invalid',
      `--variant ${variant}: there is ${curves.map((curve) => curve.variant).join(', ') || 'none'}.`,
    );
  return found;
}

function printSplit(curves: readonly LatencyCurve[], options: Options): void {
  const n = positive('--split', options.split!);
  if (n > 1_000_000) throw new OctetError('option-invalid', '--split: at most 1,000,000 requests.');
  const curve = curves.find((candidate) => candidate.variant === 'int8') ?? curves[0];
  if (curve === undefined) throw new OctetError('option-invalid', 'There is no measured variant to split over.');
  const { points, missing } = selectEngines(curve, batchesOf(options) ?? curve.points.map((point) => point.batch));
  if (missing.length > 0)
    note(`batch ${missing.join(', ')} is outside what was measured of ${curve.variant}: left out`);
  if (points.length === 0)
    throw new OctetError('option-invalid', `--engines: none of them lies in what was measured of ${curve.variant}.`);
  const split = splitRequests(n, points);
  const launches = [...split.launches].sort(([a], [b]) => b - a);
  const totalMs = split.totalNs / 1e6;
  if (options.json)
    printJson({
      n,
      split: Object.fromEntries(launches),
      totalMs,
      variant: curve.variant,
      launches: split.launchCount,
      padding: split.padding,
    });
  else
    printText(
      `${n} requests on ${curve.variant}: ${launches.map(([batch, count]) => `${count} x batch ${batch}`).join(' + ')} = ${totalMs} ms, ${split.padding} places padded`,
    );
}

function printPlan(curves: readonly LatencyCurve[], leftOut: readonly LeftOut[], options: Options): void {
  if (options.p99 === undefined) throw new OctetError('option-invalid', 'Give a latency bound, e.g. --p99 20ms.');
  const answer = planRollout({
    curves,
    p99Ns: parseDuration('--p99', options.p99),
    ratePerS: options.rate === undefined ? null : positiveNumber('--rate', options.rate),
    batches: batchesOf(options),
    trace: options.trace === undefined ? null : readTrace(options.trace),
    pricePerHour: options.price === undefined ? null : parsePrice(options.price),
    memoryBytes: options.memory === undefined ? null : parseBytes(options.memory),
    maxInstances: options.rate === undefined ? 1 : positive('--max-instances', options.maxInstances),
    seed: positive('--seed', options.seed),
    requests: positive('--requests', options.requests),
  });
  if (options.triton !== undefined && answer.plan !== null)
    writeFileSync(options.triton, tritonConfig(answer.plan, 'model', options.device?.startsWith('sm_') ?? true));
  if (options.json) printJson({ ...answer, leftOut });
  else printText(planText(answer, leftOut));
}

function planText(answer: RolloutAnswer, leftOut: readonly LeftOut[]): string {
  const remarks = leftOut.map((entry) => `not proposed: ${entry.variant} at batch ${entry.batch}: ${entry.reason}`);
  if (answer.plan === null) return [answer.sentence, ...remarks].join('\n');
  const rows = [answer.plan, ...answer.plan.alternatives].map(planCells);
  const header = [
    'variant',
    'way',
    'engines',
    'wait ms',
    'devices',
    'rate/s',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'busy',
    'cost/million',
  ];
  return [answer.sentence, '', textTable(header, rows), ...remarks].join('\n');
}

function planCells(plan: RolloutPlan): string[] {
  const engines = plan.engines.map((batch) =>
    plan.interpolated.includes(batch) ? `${batch} (interpolated)` : String(batch),
  );
  return [
    plan.variant,
    plan.policy,
    engines.join(' '),
    plan.waitMs.toFixed(2),
    String(plan.instances),
    plan.throughputPerS.toFixed(1),
    plan.p50Ms.toFixed(2),
    plan.p95Ms.toFixed(2),
    plan.p99Ms.toFixed(2),
    `${Math.round(plan.utilization * 100)} %`,
    plan.costPerMillion === null ? '-' : plan.costPerMillion.toFixed(3),
  ];
}

function batchesOf(options: Options): number[] | null {
  return options.engines === undefined ? null : options.engines.split(',').map((text) => positive('--engines', text));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new OctetError('option-invalid', `${option}: ${text} is not a whole number of at least 1.`);
  return value;
}

function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new OctetError('option-invalid', `${option}: ${text} is not a number above 0.`);
  return value;
}
