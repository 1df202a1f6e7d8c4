import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RolloutPlan, ServingProof } from '@octet/domain';
import { resultRowSchema } from '@octet/protocol';
import { freePort } from '@octet/services';
import { temporaryFolder } from '@octet/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { processesOf } from './bed/processes.js';
import { runCli, smallMatrix, WholeOctet } from './bed/whole-octet.js';

let octet: WholeOctet;
beforeAll(async () => {
  octet = await WholeOctet.start();
});
afterAll(() => octet.dispose());

const verdictsSchema = z.object({ schemaVersion: z.literal(1), results: z.array(resultRowSchema) });

async function facts(matrixId: string): Promise<Record<string, number>[]> {
  const { trials } = await octet.matrix(matrixId);
  const documents = await Promise.all(trials.map((trial) => octet.trial(trial.id)));
  return documents.map(
    ({ record }) => (record as { environment: { facts: Record<string, number> } }).environment.facts,
  );
}

async function submitAndWait(name: string) {
  const path = await smallMatrix(octet.folder, name);
  const ended = await octet.cli('submit', path, '--wait', '--json');
  expect([0, 3], ended.stderr).toContain(ended.code);
  return { ...ended, matrixId: (JSON.parse(ended.stdout) as { matrix: { id: string } }).matrix.id };
}

test('from submit to verdicts, on real models: every row adds up to the nanosecond', async () => {
  const { stderr } = await submitAndWait('first');
  expect(stderr).toMatch(/round \d+/);
  const verdicts = await octet.cli('verdicts', 'first', '--json');
  const { results } = verdictsSchema.parse(JSON.parse(verdicts.stdout));
  expect(results.map((row) => row.model.name).sort()).toEqual(
    ['hello_deepa', 'mnist-cnn', 'ch_ppocr_mobile_v2.0_cls_infer'].sort(),
  );
  for (const row of results) {
    expect(['worth-it', 'not-worth-it', 'slower', 'undecided', 'unstable'], row.model.name).toContain(row.verdict);
    expect(row.rounds).toBeGreaterThanOrEqual(1);
    const times = row.times as NonNullable<typeof row.times>;
    const [quant, int8, dequant] = [times.tQuantNs, times.tInt8Ns, times.tDequantNs].map(Number) as [
      number,
      number,
      number,
    ];
    expect(quant + int8 + dequant).toBe(times.int8EndToEndNs);
    const parts = times.int8Parts as NonNullable<typeof times.int8Parts>;
    expect(parts.int8Ns + parts.floatNs + parts.conversionNs + parts.overheadNs).toBe(times.tInt8Ns);
    expect(row.gainNs).toBe(times.tFloatNs - times.int8EndToEndNs);
    const speedup = row.speedup as NonNullable<typeof row.speedup>;
    expect(speedup.low).toBeLessThanOrEqual(speedup.median);
    expect(speedup.median).toBeLessThanOrEqual(speedup.high);
  }
});

test('a plan is proved by serving real load on the agent', async () => {
  const bound = ['--p99', '100ms', '--rate', '200', '--policy', 'linear', '--variant', 'fp32'];
  const proved = await octet.cli('rollout', 'mnist-cnn', ...bound, '--prove', '1', '--json');
  expect(proved.code, proved.stderr).toBe(0);
  const { plan, proof } = JSON.parse(proved.stdout) as { plan: RolloutPlan; proof: ServingProof };
  expect(plan).toMatchObject({ variant: 'fp32', policy: 'linear', engines: [1], instances: 1 });
  expect(proof.plan).toEqual({ variant: 'fp32', policy: 'linear', engines: [1], waitMs: 0, ratePerS: 200 });
  expect(proof.requests).toBe(200);
  expect(proof.served.launches).toBe(200);
  expect(proof.launches[0]!.servedNs).toBeGreaterThan(0);
});

test('a second run takes everything from caches and measures afresh', async () => {
  const { matrixId } = await submitAndWait('second');
  const second = await facts(matrixId);
  expect(second).toHaveLength(3);
  for (const { cacheHits, engineBuilds, calibrations } of second) {
    expect({ engineBuilds, calibrations }).toEqual({ engineBuilds: 0, calibrations: 0 });
    expect(cacheHits).toBeGreaterThanOrEqual(2);
  }
  const first = (await octet.matrix('first')).trials.map((trial) => trial.id);
  const rounds = await octet.trial(first[0] as string);
  expect(rounds.rounds.length).toBeGreaterThan(0);
});

test('the tokens are secret and everything listens on 127.0.0.1 only', async () => {
  const refused = await fetch(`http://127.0.0.1:${octet.port}/api/agents`);
  expect(refused.status).toBe(401);
  const { mode } = await import('node:fs/promises').then(({ stat }) => stat(join(octet.folder, '.octet/admin.token')));
  expect(mode & 0o077).toBe(0);
  const listening = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
  const port = octet.port.toString(16).toUpperCase().padStart(4, '0');
  const addresses = listening.flatMap((line) => / ([0-9A-F]{8}):([0-9A-F]{4}) \S+ 0A /.exec(line)?.slice(1, 3) ?? []);
  const ours = addresses.flatMap((value, index) => (index % 2 === 1 && value === port ? [addresses[index - 1]] : []));
  expect(ours).toEqual(['0100007F']);
});

test('a second `octet up` on the same folder, or on a port in use, is refused with a clear message', async () => {
  const again = await octet.cli('up', '--port', String(octet.port + 1));
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('already runs on this data folder') as string,
  });
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const elsewhere = new URL(`file://${octet.folder}/other`).pathname;
  const { spawnSync } = await import('node:child_process');
  const bin = join(import.meta.dirname, '../../bin/octet.js');
  const env = { ...process.env, OCTET_DATA_DIR: elsewhere };
  const taken = spawnSync(process.execPath, [bin, 'up', '--port', String(port)], { env, encoding: 'utf8' });
  other.close();
  expect(taken.status).toBe(1);
  expect(taken.stderr).toContain(`can't listen on 127.0.0.1:${port}`);
});

test('Ctrl-C ends all of it, in order', async () => {
  expect(await octet.interrupt()).toBe(0);
  expect(octet.output).toContain('Stopped.');
  expect(octet.processes()).toEqual([]);
});

test('octet demo --exit measures, prints the verdict table and what came from caches, and ends everything', async () => {
  const folder = await temporaryFolder('octet-e2e-');
  const matrix = await smallMatrix(folder, 'demo');
  const ended = await runCli(folder, ['demo', '--exit', '--matrix', matrix, '--port', String(await freePort())]);
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^model +device .* verdict/);
  for (const name of ['hello_deepa', 'mnist-cnn', 'ch_ppocr_mobile_v2.0_cls_infer'])
    expect(ended.stdout).toContain(name);
  expect(ended.stdout).toMatch(/Cache: 0 hits, 6 engines built, 3 calibrations/);
  expect(ended.stderr).toMatch(/Dashboard: http:\/\/127\.0\.0\.1:\d+\/#token=/);
  expect(processesOf(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
