import type { Command } from 'commander';
import {
  OctetError,
  planRollout,
  selectEngines,
  splitRequests,
  traceRate,
  tritonConfig,
  type Arrivals,
  type InstanceKind,
  type LatencyCurve,
  type RolloutAnswer,
  type RolloutPlan,
  type RolloutRequest,
  type Way,
} from '@octet/domain';
import { note, printJson, printText } from '../output.js';
import { proofText } from '../proof-text.js';
import { prove, provingSeconds } from '../prove-rollout.js';
import { batchesOf, rolloutCurves, type RolloutCurves, type RolloutOptions } from '../rollout-curves.js';
import {
  parseBursts,
  parseBytes,
  parseDuration,
  parsePrice,
  positiveNumber,
  readTrace,
  wholeNumber,
} from '../rollout-input.js';
import { textTable } from '../table.js';
import { writeOutput } from '../write-output.js';

export function registerRollout(program: Command): void {
  program
    .command('rollout')
    .description('how to serve at scale: linear, batch or multi-engine scheduling, INT8 against float')
    .argument('[model]', 'a model measured by the fleet (name or SHA-256)')
    .option('--latencies <file>', 'JSON of latencies from elsewhere instead of a model')
    .option('--device <class>', 'device class')
    .option('--runtime <name>', 'runtime, where the class was measured with several')
    .option('--p99 <time>', 'bound on the 99th percentile, e.g. 20ms')
    .option('--rate <n>', 'requests per second, or `trace`: as recorded; without it the highest rate under the bound')
    .option('--price <price>', 'price of one device for an hour, e.g. 0.35/h')
    .option('--engines <list>', 'batch sizes that engines may have, e.g. 1,4,6,10')
    .option('--trace <file>', 'recorded arrival times in ms instead of Poisson arrivals')
    .option('--bursts <ratio,share,length>', 'arrivals in bursts, e.g. 5,0.1,50ms')
    .option('--drop-after <time>', 'requests that waited longer are dropped; 1 % may be')
    .option('--policy <way>', 'only linear, batch or multi-engine')
    .option('--memory <size>', 'device memory for the engines of one device, e.g. 6GB')
    .option('--max-instances <n>', 'most devices to plan with: 64, or 1 without --rate')
    .option('--requests <n>', 'requests in each simulation', '40000')
    .option('--seed <n>', 'seed of arrivals', '1')
    .option('--split <n>', 'only say how N waiting requests are split over the engines')
    .option('--variant <name>', 'only this variant')
    .option('--triton <file>', 'write a Triton config.pbtxt fragment of the plan')
    .option('--here', 'measure MODEL.onnx at the batch sizes of --engines on this machine')
    .option('--prove <seconds>', 'serve real load by the plan three times, here or on an agent, against its forecast')
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
  const n = wholeNumber('--split', options.split!, 0, 1_000_000);
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
  const interpolated = points.filter((point) => point.interpolated).map((point) => point.batch);
  if (options.json)
    printJson({
      n,
      split: Object.fromEntries(launches),
      totalMs,
      variant: curve.variant,
      launches: split.launchCount,
      padding: split.padding,
      interpolated,
    });
  else {
    const parts = launches.map(([batch, count]) => `${count} x batch ${engineText(batch, interpolated)}`).join(' + ');
    printText(
      `${n} requests on ${curve.variant}: ${parts === '' ? 'nothing to launch' : parts} = ${totalMs} ms, ${split.padding} places padded`,
    );
  }
}

/** A batch that nobody measured is marked. */
function engineText(batch: number, interpolated: readonly number[]): string {
  return interpolated.includes(batch) ? `${batch} (interpolated)` : String(batch);
}

async function printPlan(found: RolloutCurves, options: RolloutOptions, signal: AbortSignal): Promise<void> {
  const request = requestOf(found, options);
  const seconds = options.prove === undefined ? null : provingSeconds(found, options.prove);
  const planned = planRollout(request);
  const answer = { ...planned, leftOut: [...found.leftOut, ...planned.leftOut] };
  if (options.triton !== undefined) writeTriton(options.triton, answer.plan, found);
  const proof =
    seconds === null || answer.plan === null ? null : await prove(found, answer.plan, seconds, options, signal);
  if (options.json)
    printJson({ ...answer, curves: found.curves.map(bareCurve), ...(seconds === null ? {} : { proof }) });
  else printText([planText(answer), ...(proof === null ? [] : [proofText(proof)])].join('\n\n'));
}

function writeTriton(path: string, plan: RolloutPlan | null, found: RolloutCurves): void {
  if (plan === null) return note(`${path} is not written: there is no plan`);
  writeOutput('--triton', path, tritonConfig(plan, found.model, instanceKind(found)));
}

/** A curve as the document shows it: what is known of each engine, without its raw samples. */
function bareCurve({ variant, points }: LatencyCurve) {
  return { variant, points: points.map((point) => ({ ...point, samplesNs: undefined, afterIdle: undefined })) };
}

/** Arrivals from which ten are above the 99th percentile. */
const tellingTrace = 1000;

function instanceKind({ deviceClass }: RolloutCurves): InstanceKind {
  if (deviceClass === null) return 'KIND_AUTO';
  return deviceClass.startsWith('sm_') ? 'KIND_GPU' : 'KIND_CPU';
}

function requestOf(found: RolloutCurves, options: RolloutOptions): RolloutRequest {
  if (options.p99 === undefined) throw new OctetError('option-invalid', 'Give a latency bound, e.g. --p99 20ms.');
  const trace = options.trace === undefined ? null : readTrace(options.trace);
  if (trace !== null && trace.length < tellingTrace)
    note(`${options.trace} holds ${trace.length} arrivals: a 99th percentile of so few says little`);
  if (trace !== null && options.bursts !== undefined)
    throw new OctetError('option-invalid', 'Give --trace or --bursts, not both.');
  const most = options.rate === undefined || found.local !== null ? 1 : 64;
  return {
    curves: found.curves,
    p99Ns: parseDuration('--p99', options.p99),
    ratePerS: options.rate === undefined ? null : rateOf(options.rate, trace),
    batches: batchesOf(options),
    ways: options.policy === undefined ? null : [wayOf(options.policy)],
    trace,
    bursts: options.bursts === undefined ? null : parseBursts(options.bursts),
    timeLimitNs: options.dropAfter === undefined ? null : parseDuration('--drop-after', options.dropAfter),
    pricePerHour: options.price === undefined ? null : parsePrice(options.price),
    memoryBytes: options.memory === undefined ? null : parseBytes(options.memory),
    maxInstances:
      options.maxInstances === undefined ? most : wholeNumber('--max-instances', options.maxInstances, 1, 1024),
    seed: wholeNumber('--seed', options.seed, 0),
    requests: wholeNumber('--requests', options.requests, 100, 2_000_000),
  };
}

/** `trace`: as recorded. */
function rateOf(text: string, trace: Arrivals | null): number {
  if (text !== 'trace') return positiveNumber('--rate', text);
  if (trace === null) throw new OctetError('option-invalid', '--rate trace: give --trace FILE, or a number.');
  return traceRate(trace);
}

function wayOf(text: string): Way {
  const ways: readonly Way[] = ['linear', 'batch', 'multi-engine'];
  const way = ways.find((each) => each === text);
  if (way === undefined) throw new OctetError('option-invalid', `--policy ${text}: choose ${ways.join(', ')}.`);
  return way;
}

function planText(answer: RolloutAnswer): string {
  const remarks = [
    ...answer.unmet.map((entry) => `no plan for ${entry.variant} by ${entry.policy}: ${entry.reason}`),
    ...answer.leftOut.map((entry) => `not proposed: ${entry.variant} at batch ${entry.batch}: ${entry.reason}`),
  ];
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
  const engines = plan.engines.map((batch) => engineText(batch, plan.interpolated));
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
