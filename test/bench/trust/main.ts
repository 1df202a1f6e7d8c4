/*
 * npm run bench:trust                          200 A/A comparisons, 30 planted of 1 % and of 3 %, 20 beside the fixed plan
 * npm run bench:trust -- --out trust.jsonl [--minutes 10]      results land line by line; the same command goes on
 * npm run bench:trust -- --from a.jsonl --from b.jsonl         the report of recorded lines, nothing measured
 * npm run bench:trust -- --aa 10 --planted 2 --fixed 1 --seconds 10
 * npm run bench:trust -- --simulate [--runs 10000] [--seed 6]
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printSimulation } from './simulation-report.js';
import { buildSubject } from './subject.js';
import { readTrustLines, type TrustLine } from './trust-lines.js';
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
    minutes: { type: 'string' },
    seed: { type: 'string', default: '6' },
    out: { type: 'string' },
    from: { type: 'string', multiple: true },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const seed = Number(values.seed);

if (values.simulate) {
  printSimulation(Number(values.runs), seed, print);
} else if (values.from !== undefined) {
  printTrust(readTrustLines(values.from, tell), print);
} else {
  printTrust(await measured(), print);
}

async function measured(): Promise<TrustLine[]> {
  const plan = {
    controls: Number(values.aa),
    planted: Number(values.planted),
    fixed: Number(values.fixed),
    maxSeconds: Number(values.seconds),
    seed,
    out: values.out ?? null,
    minutes: values.minutes === undefined ? null : Number(values.minutes),
  };
  const done = plan.out !== null && existsSync(plan.out) ? readTrustLines([plan.out], tell) : [];
  const subject = await buildSubject();
  try {
    return [...done, ...(await trustRuns(subject, plan, done, tell))];
  } finally {
    subject.dispose();
  }
}
