/*
 * `npm run bench` runs every bench below, one after another (never side by side: they measure); `npm run bench -- NAME ...`
 * runs those named. Exit code 1 when an aim is missed.
 */
import type { Bench } from './bench.js';
import { controllerBench } from './controller.js';
import { dashboardBench } from './dashboard/dashboard.js';
import { harnessBench } from './harness.js';
import { quantizeTimeBench } from './quantize-time.js';
import { entropyBench } from './quantization/entropy.js';
import { quantizationSpeedBench } from './quantization/speed.js';
import { servingBench } from './serving.js';

const benches: Bench[] = [
  harnessBench,
  quantizeTimeBench,
  controllerBench,
  dashboardBench,
  entropyBench,
  quantizationSpeedBench,
  servingBench,
];

async function runAll(chosen: readonly Bench[]): Promise<boolean> {
  let reached = true;
  for (const bench of chosen) {
    console.log(`\n${bench.name}: ${bench.aim}`);
    const outcome = await bench.run((line) => console.log(`  ${line}`));
    console.log(`  ${outcome === 'no-aim' ? 'measured' : outcome}`);
    reached &&= outcome !== 'missed';
  }
  return reached;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no bench called ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}.`,
  );
  process.exitCode = 2;
} else {
  const chosen = wanted.length === 0 ? benches : benches.filter(({ name }) => wanted.includes(name));
  process.exitCode = (await runAll(chosen)) ? 0 : 1;
}
