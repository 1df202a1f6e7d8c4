import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TrialRecord } from '@octet/domain';
import { routes, type MatrixDocument } from '@octet/protocol';
import { recordedSweep, slot } from '@octet/testing';
import { Api, ControllerBed, type RunningController } from '../../medium/controller/bed/controller-bed.js';
import type { ScriptedAgent } from '../../medium/controller/bed/scripted-agent.js';
import { waitFor } from '../../medium/controller/bed/wait-for.js';
import { recordedExports } from './recorded-exports.js';

const root = resolve(import.meta.dirname, '../../..');
const fixtures = join(root, 'test/fixtures');

/** Builds the page as `npm run build` does, into a folder of its own. */
export async function buildDashboard(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'octet-dashboard-'));
  const config = join(root, 'apps/dashboard/vite.config.ts');
  const vite = spawn('npx', ['vite', 'build', '--config', config, '--outDir', folder, '--emptyOutDir'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((done) => vite.once('exit', done));
  if (code !== 0) throw new Error(`vite build ended with ${String(code)}`);
  return folder;
}

/** What `octet bench --record` wrote on a real CPU: see test/fixtures/records/README.md. */
export function recordedTrials(): TrialRecord[] {
  const text = readFileSync(join(fixtures, 'records/mnist-cnn.json'), 'utf8');
  return (JSON.parse(text) as { records: TrialRecord[] }).records;
}

/** Settings of a controller whose agent must not be given up while the browser keeps the host busy. */
export function calm(dashboardDir: string): Record<string, string> {
  return {
    OCTET_DASHBOARD_DIR: dashboardDir,
    OCTET_HEARTBEAT_MS: '5000',
    OCTET_AGENT_GRACE_MS: '60000',
    OCTET_ACCEPT_MS: '30000',
    OCTET_LOCK_MS: '30000',
  };
}

export interface RecordFleet {
  bed: ControllerBed;
  controller: RunningController;
  api: Api;
  agent: ScriptedAgent;
  matrix: MatrixDocument;
}

/** A controller over real services, with results that were really measured: a CPU's through an agent, GPUs' by import. */
export async function openRecordFleet(dashboardDir: string): Promise<RecordFleet> {
  const bed = await ControllerBed.open();
  const controller = await bed.start(calm(dashboardDir));
  const api = new Api(controller.url);
  const records = recordedTrials();
  const [first] = records;
  const device = first!.device;
  const agent = await bed.agent(controller, {
    manner: 'hold',
    hello: {
      name: 'bench-host',
      slots: [slot({ device, deviceClass: first!.spec.deviceClass, runtimes: [first!.runtime] })],
    },
  });
  const model = await api.upload('models', 'mnist-cnn', readFileSync(join(root, 'examples/models/mnist-cnn.onnx')));
  const matrix = await api.submit({
    name: 'release-42',
    models: [{ sha256: model }],
    batches: records.map((record) => record.spec.batch),
    devices: { runtimes: ['onnxruntime'] },
    measure: { maxSeconds: 4 },
  });
  for (let index = 0; index < records.length; index++) {
    const trial = await agent.trial(index);
    const record = records.find((each) => each.spec.batch === trial.spec.batch)!;
    await agent.report(trial, {
      ...record,
      spec: { ...trial.spec, dataset: record.spec.dataset, accuracy: record.spec.accuracy },
    });
  }
  for (const body of await recordedExports()) await api.ok('POST', routes.imports, body);
  await api.ok('POST', routes.sweeps, recordedSweep());
  await waitFor(async () => (await api.matrix(matrix.matrix.id)).matrix.state === 'ended', 'the matrix to end');
  return { bed, controller, api, agent, matrix };
}
