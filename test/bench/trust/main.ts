/*
 * npm run bench:trust                          200 A/A comparisons, 30 planted of 1 % and of 3 %, 20 beside the fixed plan
 * npm run bench:trust -- --aa 10 --planted 2 --fixed 1 --seconds 10 --out trust.jsonl
 * npm run bench:trust -- --simulate [--runs 10000] [--seed 6]
 */
import { parseArgs } from 'node:util';
import { deviceClassOf } from '@octet/domain';
import { printSimulation } from './simulation-report.js';
import { buildSubject } from './subject.js';
import { printTrust } from './trust-report.js';
import { trustRuns } from './trust-runs.js';

const { values } = parseArgs({
  options: {
    simulate: { type: 'boolean', default: false },
    runs: { type: 'string', default: '10000' },
    aa: { type: 'string', default: '200' },
    planted: { type: 'string', default: '30' },
    fixed: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '6' },
    out: { type: 'string' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = Number(values.seed);

if (values.simulate) {
  printSimulation(Number(values.runs), seed, print);
} else {
  const subject = await buildSubject();
  const plan = {
    controls: Number(values.aa),
    planted: Number(values.planted),
    fixed: Number(values.fixed),
    maxSeconds: Number(values.seconds),
    seed,
    out: values.out ?? null,
  };
  try {
    print(
      `Trust bench on ${deviceClassOf(subject.device)}, onnxruntime ${subject.runtimeVersion}, ${new Date().toISOString()}, seed ${seed}, at most ${plan.maxSeconds} s a comparison.\n`,
    );
    printTrust(await trustRuns(subject, plan, (line) => process.stderr.write(`${line}\n`)), print);
  } finally {
    subject.dispose();
  }
}
