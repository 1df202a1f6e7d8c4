import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  OctetError,
  planRollout,
  selectEngines,
  splitRequests,
  tritonConfig,
  type LatencyCurve,
  type LeftOut,
  type RolloutAnswer,
  type RolloutPlan,
  type RolloutRequest,
} from '@octet/domain';
import type { RolloutProof, ServingFigures } from '@octet/trials';
import { provePlanHere } from '../local-rollout.js';
import { note, printJson, printText } from '../output.js';
import { batchesOf, rolloutCurves, type RolloutCurves, type RolloutOptions } from '../rollout-curves.js';
import { parseBytes, parseDuration, parsePrice, positive, positiveNumber, readTrace } from '../rollout-input.js';
import { textTable } from '../table.js';

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
    .option('--max-instances <n>', 'most devices to plan with: 64, or 1 without --rate')
    .option('--requests <n>', 'requests in each simulation', '40000')
    .option('--seed <n>', 'seed of arrivals', '1')
    .option('--split <n>', 'only say how N waiting requests are split over the engines')
    .option('--variant <name>', 'only this variant')
    .option('--triton <file>', 'write a Triton config.pbtxt fragment of the plan')
    .option('--here', 'measure MODEL.onnx at the batch sizes of --engines on this machine')
    .option('--prove <seconds>', 'with --here: serve real load by the plan and compare with its forecast')
    .option('--data <path>', 'with --here: inputs')
    .option('--shape <name=dims...>', 'with --here: shape of an input, e.g. x=batchx3x48x320')
    .option('--threads <n>', 'with --here: CPU threads of each engine', '1')
    .option('--scheme <name>', 'with --here: quantisation scheme')
    .option('--calibrator <name>', 'with --here: calibrator')
    .option('--max-seconds <s>', 'with --here: time for the rounds of each batch size', '15')
    .option('--json', 'one JSON document on stdout')
    .action(async (model: string | undefined, options: RolloutOptions) => {
      const abort = new AbortController();
      process.once('SIGINT', () => abort.abort());
      const found = await rolloutCurves(model, options, abort.signal);
      if (options.split !== undefined) printSplit(found.curves, options);
      else await printPlan(found, options, abort.signal);
    });
}

function printSplit(curves: readonly LatencyCurve[], options: RolloutOptions): void {
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

async function printPlan(found: RolloutCurves, options: RolloutOptions, signal: AbortSignal): Promise<void> {
  const answer = planRollout(requestOf(found, options));
  if (options.triton !== undefined && answer.plan !== null) {
    writeFileSync(options.triton, tritonConfig(answer.plan, 'model', options.device?.startsWith('sm_') ?? true));
  }
  const proof = await prove(found, answer, options, signal);
  if (options.json) printJson({ ...answer, leftOut: found.leftOut, ...(options.prove === undefined ? {} : { proof }) });
  else printText([planText(answer, found.leftOut), ...(proof === null ? [] : [proofText(proof)])].join('\n\n'));
}

function requestOf(found: RolloutCurves, options: RolloutOptions): RolloutRequest {
  if (options.p99 === undefined) throw new OctetError('option-invalid', 'Give a latency bound, e.g. --p99 20ms.');
  const local = found.local !== null;
  return {
    curves: found.curves,
    p99Ns: parseDuration('--p99', options.p99),
    ratePerS: options.rate === undefined ? null : positiveNumber('--rate', options.rate),
    batches: batchesOf(options),
    trace: options.trace === undefined ? null : readTrace(options.trace),
    pricePerHour: options.price === undefined ? null : parsePrice(options.price),
    memoryBytes: options.memory === undefined ? null : parseBytes(options.memory),
    maxInstances:
      options.maxInstances === undefined
        ? options.rate === undefined || local
          ? 1
          : 64
        : positive('--max-instances', options.maxInstances),
    seed: positive('--seed', options.seed),
    requests: positive('--requests', options.requests),
  };
}

async function prove(
  found: RolloutCurves,
  answer: RolloutAnswer,
  options: RolloutOptions,
  signal: AbortSignal,
): Promise<RolloutProof | null> {
  if (options.prove === undefined || answer.plan === null) return null;
  if (found.local === null)
    throw new OctetError('option-invalid', '--prove serves on this machine: add --here and give MODEL.onnx.');
  const seconds = positiveNumber('--prove', options.prove);
  note(`serving ${answer.plan.throughputPerS.toFixed(1)} requests a second for ${seconds} s`);
  return provePlanHere(answer.plan, found.local, seconds, positive('--seed', options.seed), signal);
}

function proofText({ forecast, served, ratio, requests }: RolloutProof): string {
  const line = (name: string, { throughputPerS, p50Ms, p95Ms, p99Ms }: ServingFigures) => [
    name,
    throughputPerS.toFixed(1),
    p50Ms.toFixed(2),
    p95Ms.toFixed(2),
    p99Ms.toFixed(2),
  ];
  const table = textTable(
    ['', 'served/s', 'p50 ms', 'p95 ms', 'p99 ms'],
    [line('forecast', forecast), line('served', served)],
  );
  return `${table}\n${requests} requests served here: throughput ${ratio.throughput.toFixed(3)}, p99 ${ratio.p99.toFixed(3)} of the forecast.`;
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
