import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import {
  capacityPerS,
  loadHeld,
  planRollout,
  proofLimits,
  type LatencyPoint,
  type RolloutPlan,
  type RolloutRequest,
  type ServedPlan,
  type ServingFigures,
  type ServingProof,
  type Way,
} from '@octet/domain';
import { curvesHere, provePlanHere, type LocalCurves } from '../../apps/cli/src/local-rollout.js';
import { parseTrialOptions } from '../../apps/cli/src/trial-options.js';
import { prepareExamples } from '../../examples/prepare.js';
import type { Bench, BenchOutcome } from './bench.js';

interface Case {
  model: string;
  shape: string[];
  engines: string;
  variant: 'fp32' | 'int8';
}

const examples = process.env['OCTET_EXAMPLES'] ?? 'examples';
const measureSeconds = process.env['OCTET_SERVING_MEASURE'] ?? '4';
const serveSeconds = Number(process.env['OCTET_SERVING_SECONDS'] ?? '10');
const asked = (process.env['OCTET_SERVING_MODELS'] ?? 'ocr-direction,ocr-rec').split(',');

/** Where to write what is printed as a page; nowhere without it. */
const pagePath = process.env['OCTET_SERVING_PAGE'];

const ways: readonly Way[] = ['linear', 'batch', 'multi-engine'];
const cases: readonly Case[] = [
  { model: 'ocr-direction', shape: ['x=batchx3x48x192'], engines: '1,4,8', variant: 'fp32' },
  { model: 'ocr-rec', shape: ['x=batchx3x48x320'], engines: '1,2,4', variant: 'int8' },
  { model: 'mnist-cnn', shape: [], engines: '1,4,8', variant: 'int8' },
  { model: 'wake-word', shape: [], engines: '1', variant: 'int8' },
];

/** Share asked for of what the way's quickest engine serves back to back. */
const load = 0.6;
/** Bound on p99, in times of the slowest engine; where it can't be held (a host that stalls), so many times more is tried. */
const boundTimes = 10;
const looser = [1, 2, 4, 8, 16, 32];
/** More than a device can serve, for a part of the time: what comes out is its capacity. */
const overload = { load: 1.25, share: 0.5 };

export const servingBench: Bench = {
  name: 'serving',
  aim: `served throughput within ${proofLimits.throughput * 100} % and p99 within ${proofLimits.p99 * 100} % of the forecast (medians of three loads), by each of the three ways`,
  run: async (print) => {
    await prepareExamples(examples);
    const lines = pageHead();
    const tell = (line: string) => {
      lines.push(line);
      print(line);
    };
    const outcomes: BenchOutcome[] = [];
    for (const each of cases.filter(({ model }) => asked.includes(model))) outcomes.push(await proveAll(each, tell));
    if (pagePath !== undefined) writeFileSync(pagePath, `${lines.join('\n').trimEnd()}\n`);
    return outcomes.includes('missed') ? 'missed' : 'reached';
  },
};

function pageHead(): string[] {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `# Serving, ${new Date().toISOString().slice(0, 10)}`,
    '',
    `${cpu?.model ?? 'unknown processor'}, ${cpus().length} virtual processors, ${memory} GiB; Node ${process.versions.node}; one thread for each engine. ` +
      `\`npm run bench -- serving\`: ${measureSeconds} s of rounds for each batch size, then a rehearsal of each engine, plans at ${load * 100} % of what the way's quickest engine serves back to back, three loads of ${serveSeconds} s for each plan.`,
    '',
    'Ratios are served / simulated: by the forecast (from the rehearsal before the plan), by launches rehearsed just before the load, by what the launches of the load itself occupied. In brackets 95 % intervals. Launches: what they occupied under the load / as planned. `outside`: throughput off by more than 10 % or p99 by more than 20 %. INT8 is served for its times: its accuracy is another question (docs/rollout.md).',
    '',
  ];
}

type Print = (line: string) => void;

async function proveAll(each: Case, print: Print): Promise<BenchOutcome> {
  const { signal } = new AbortController();
  const local = await curvesOf(each, signal);
  print(`## ${each.model}, ${each.variant}`);
  print('');
  printEngines(local, print);
  const plans = ways.flatMap((way) => planFor(local, way, each, print) ?? []);
  const proofs: ServingProof[] = [];
  for (const [index, plan] of plans.entries()) {
    const served = { ...plan, ratePerS: plan.throughputPerS };
    proofs.push(await provePlanHere(served, local, serveSeconds, 100 * index, signal));
  }
  print('');
  printProofs(proofs, print);
  const alone = ways.flatMap((way) => plans.find(({ policy }) => policy === way) ?? [])[0];
  if (alone !== undefined) await printSaturated(local, alone, signal, print);
  print('');
  return proofs.length > 0 && proofs.every(({ verdict }) => verdict.held) ? 'reached' : 'missed';
}

async function curvesOf({ model, shape, engines, variant }: Case, signal: AbortSignal): Promise<LocalCurves> {
  const options = parseTrialOptions({
    shape,
    batch: engines,
    threads: '1',
    maxSeconds: measureSeconds,
    variants: variant === 'int8' ? 'fp32,int8' : variant,
  });
  const ignore = () => undefined;
  const hooks = { onTrial: ignore, onProgress: ignore, onRehearsal: ignore, signal };
  return curvesHere(`${examples}/models/${model}.onnx`, options, hooks, variant);
}

/** What serving adds to the times of rounds. */
function printEngines({ curves, inRounds }: LocalCurves, print: Print): void {
  print('| batch | rounds: median, ms | serving: median, ms | serving: mean of busy launches, ms | serving: p99, ms |');
  print('|---|---|---|---|---|');
  for (const { variant, points } of curves) {
    for (const point of points) {
      const own = inRounds
        .find((curve) => curve.variant === variant)
        ?.points.find(({ batch }) => batch === point.batch);
      const tail = (point.samplesNs ?? []).toSorted((a, b) => a - b)[
        Math.ceil(0.99 * (point.samplesNs?.length ?? 1)) - 1
      ];
      const cells = [own?.timeNs, point.timeNs, (point.batch / perSecond(point)) * 1e9, tail];
      print(`| ${[String(point.batch), ...cells.map((ns) => ms((ns ?? NaN) / 1e6))].join(' | ')} |`);
    }
  }
}

function perSecond(engine: LatencyPoint): number {
  return capacityPerS({ kind: 'linear', engine });
}

/** The plan of one way under the tightest of the bounds that it holds; says so when there is none. */
function planFor({ curves }: LocalCurves, way: Way, { model }: Case, print: Print): RolloutPlan | null {
  const points = curves.flatMap((curve) => curve.points).filter(({ batch }) => way !== 'linear' || batch === 1);
  const ratePerS = Number((load * Math.max(...points.map(perSecond))).toPrecision(2));
  let reason = 'it has no engine';
  for (const times of looser.map((factor) => factor * boundTimes)) {
    const p99Ns = times * Math.max(...points.map(({ timeNs }) => timeNs));
    const { plan, unmet } = planRollout(requestOf(curves, way, ratePerS, p99Ns));
    if (plan !== null) return plan;
    reason = unmet.map((each) => each.reason).join('; ');
  }
  print(`- no plan for ${model} by ${way}: ${reason}`);
  return null;
}

function requestOf(curves: RolloutRequest['curves'], way: Way, ratePerS: number, p99Ns: number): RolloutRequest {
  return {
    curves,
    p99Ns,
    ratePerS,
    batches: null,
    ways: [way],
    trace: null,
    bursts: null,
    timeLimitNs: null,
    pricePerHour: null,
    memoryBytes: null,
    maxInstances: 1,
    seed: 1,
    requests: 40_000,
  };
}

function printProofs(proofs: readonly ServingProof[], print: Print): void {
  print(
    '| plan | rate/s | load | requests | throughput | p99 forecast, ms | p99 served, ms | ratio | rehearsed | replayed | launches: mean, p99 | stolen, others |',
  );
  print('|---|---|---|---|---|---|---|---|---|---|---|---|');
  for (const proof of proofs) proof.repetitions.forEach((_, index) => print(loadRow(proof, index)));
  print('');
  for (const { plan, verdict } of proofs) print(`- ${planName(plan)}: ${verdict.sentence}`);
}

function planName({ variant, policy, engines, waitMs }: ServedPlan): string {
  const wait = policy === 'batch' ? `, wait ${ms(waitMs)} ms` : '';
  return `${variant}, ${policy} ${engines.join(', ')}${wait}`;
}

function loadRow({ plan, repetitions }: ServingProof, index: number): string {
  const each = repetitions[index]!;
  const { requests, ratio, forecast, served, rehearsedRatio, replayedRatio, moved, host } = each;
  const cells = [
    index === 0 ? planName(plan) : '',
    index === 0 ? ms(plan.ratePerS) : '',
    `${index + 1}${loadHeld(each) ? '' : ', outside'}`,
    String(requests),
    ratio.throughput.toFixed(3),
    withInterval(forecast),
    withInterval(served),
    ratio.p99.toFixed(2),
    rehearsedRatio.p99.toFixed(2),
    replayedRatio.p99.toFixed(2),
    `${moved.mean.toFixed(3)}, ${moved.p99?.toFixed(2) ?? '-'}`,
    `${percent(host.cpuSteal)}, ${percent(host.otherLoad)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Asks one engine for more than it can: throughput is then its capacity, which near-saturation plans rest on. */
async function printSaturated(local: LocalCurves, plan: RolloutPlan, signal: AbortSignal, print: Print): Promise<void> {
  const { variant, policy, engines } = plan;
  const batch = engines[0]!;
  const point = local.curves[0]!.points.find((each) => each.batch === batch)!;
  const rounds = local.inRounds
    .find((curve) => curve.variant === variant)!
    .points.find((each) => each.batch === batch)!;
  const served = { ...plan, ratePerS: overload.load * perSecond(point) };
  const { repetitions } = await provePlanHere(served, local, serveSeconds * overload.share, 900, signal);
  const reached = repetitions.map((each) => each.served.throughputPerS).sort((a, b) => a - b);
  const middle = reached[Math.floor(reached.length / 2)]!;
  const claims = [perSecond(point), (batch / rounds.timeNs) * 1e9];
  const [fromServing, fromRounds] = claims.map(
    (claim) => `${claim.toFixed(1)} (${(claim / middle).toFixed(3)} of the middle one)`,
  );
  print(
    `- saturated, ${variant}, ${policy} ${batch}: served ${reached.map((each) => each.toFixed(1)).join(', ')}/s; ` +
      `claimed from serving ${fromServing}, from the median of rounds ${fromRounds}`,
  );
}

function withInterval({ p99Ms, p99Interval }: ServingFigures): string {
  return p99Interval === null ? ms(p99Ms) : `${ms(p99Ms)} [${ms(p99Interval.lowMs)}, ${ms(p99Interval.highMs)}]`;
}

/** Three digits, never in powers of ten. */
function ms(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '-';
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}
