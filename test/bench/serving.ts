import { planRollout, type RolloutRequest, type ServingProof, type Way } from '@octet/domain';
import { curvesHere, provePlanHere, type LocalCurves } from '../../apps/cli/src/local-rollout.js';
import { parseTrialOptions } from '../../apps/cli/src/trial-options.js';
import type { Bench, BenchOutcome } from './bench.js';

interface Case {
  model: string;
  shape: string[];
  engines: string;
  variant: string;
  /** Share of the capacity of the way's largest engine that is asked for. */
  load: number;
}

const examples = process.env['OCTET_EXAMPLES'] ?? 'examples';
const measureSeconds = process.env['OCTET_SERVING_MEASURE'] ?? '12';
const serveSeconds = Number(process.env['OCTET_SERVING_SECONDS'] ?? '30');
const ways: readonly Way[] = ['linear', 'batch', 'multi-engine'];
const cases: readonly Case[] = [
  { model: 'ocr-direction', shape: ['x=batchx3x48x192'], engines: '1,4,8', variant: 'fp32', load: 0.5 },
  { model: 'mnist-cnn', shape: [], engines: '1,4,8', variant: 'int8', load: 0.5 },
  { model: 'ocr-rec', shape: ['x=batchx3x48x320'], engines: '1,2,4', variant: 'int8', load: 0.5 },
];

/** Throughput within 10 %, p99 within 20 % of the forecast. */
const allowed = { throughput: 0.1, p99: 0.2 };

export const servingBench: Bench = {
  name: 'serving',
  aim: 'served throughput within 10 % and p99 within 20 % of the forecast, by each of the three ways',
  run: async (print) => {
    const wanted = process.env['OCTET_SERVING_MODELS']?.split(',');
    const outcomes: BenchOutcome[] = [];
    print(
      '| model | plan | rate/s | requests | throughput | p99 forecast, ms | p99 served, ms | ratio | rehearsed | replayed |',
    );
    print('|---|---|---|---|---|---|---|---|---|---|');
    for (const each of cases.filter(({ model }) => wanted?.includes(model) ?? true))
      outcomes.push(await proveAll(each, print));
    return outcomes.includes('missed') ? 'missed' : 'reached';
  },
};

async function proveAll(each: Case, print: (line: string) => void): Promise<BenchOutcome> {
  const { signal } = new AbortController();
  const { model, shape, engines } = each;
  const options = parseTrialOptions({
    shape,
    batch: engines,
    threads: '1',
    maxSeconds: measureSeconds,
    variants: each.variant === 'int8' ? 'fp32,int8' : each.variant,
  });
  const hooks = { onTrial: () => undefined, onProgress: () => undefined, signal };
  const measured = await curvesHere(`${examples}/models/${model}.onnx`, options, hooks);
  const curves = measured.curves.filter(({ variant }) => variant === each.variant);
  const local = { ...measured, curves };
  let outcome: BenchOutcome = 'reached';
  for (const way of ways) {
    const { plan } = planRollout(requestOf(local, each, way));
    if (plan === null) {
      print(`| ${model} | ${way}: no plan |`);
      continue;
    }
    const served = { ...plan, ratePerS: plan.throughputPerS };
    const proof = await provePlanHere(served, local, serveSeconds, 1, signal);
    print(row(model, proof));
    if (!within(proof)) outcome = 'missed';
  }
  return outcome;
}

function requestOf({ curves }: LocalCurves, { load }: Case, way: Way): RolloutRequest {
  const points = curves.flatMap((curve) => curve.points).filter(({ batch }) => way !== 'linear' || batch === 1);
  const perS = Math.max(...points.map(({ batch, timeNs }) => (batch / timeNs) * 1e9));
  return {
    curves,
    p99Ns: 20 * Math.max(...points.map(({ timeNs }) => timeNs)),
    ratePerS: Number((load * perS).toPrecision(2)),
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

function within({ ratio }: ServingProof): boolean {
  return Math.abs(ratio.throughput - 1) <= allowed.throughput && Math.abs(ratio.p99 - 1) <= allowed.p99;
}

function row(model: string, proof: ServingProof): string {
  const { plan, requests, ratio, forecast, served, rehearsedRatio, replayedRatio } = proof;
  const wait = plan.policy === 'batch' ? `, ${plan.waitMs.toPrecision(2)} ms` : '';
  const cells = [
    model,
    `${plan.variant}, ${plan.policy} ${plan.engines.join(', ')}${wait}`,
    plan.ratePerS.toPrecision(3),
    String(requests),
    ratio.throughput.toFixed(3),
    forecast.p99Ms.toPrecision(3),
    served.p99Ms.toPrecision(3),
    ratio.p99.toFixed(2),
    rehearsedRatio.p99.toFixed(2),
    replayedRatio.p99.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}
