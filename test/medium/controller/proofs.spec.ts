import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { servingProof, type ServedLoad, type TrialRecord } from '@octet/domain';
import {
  routes,
  type CurvesDocument,
  type MatrixDocument,
  type ProofList,
  type VerdictsDocument,
} from '@octet/protocol';
import { runtimeProbe } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass, type Assigned, type ScriptedAgent } from './bed/scripted-agent.js';

const figures = { throughputPerS: 100, p50Ms: 2, p95Ms: 3, p99Ms: 4, p99Interval: { lowMs: 3.5, highMs: 5 } };
const host = { cpuSteal: null, otherLoad: null };
const ratio = { throughput: 1, p99: 1 };

function servedRecord(trial: Assigned, record: TrialRecord): TrialRecord {
  const { plan, seed } = trial.spec.serve!;
  const load: ServedLoad = {
    seed,
    requests: 100,
    seconds: 1,
    forecast: figures,
    rehearsed: figures,
    replayed: figures,
    served: { ...figures, launches: 100, padding: 0 },
    ratio,
    rehearsedRatio: ratio,
    replayedRatio: ratio,
    moved: { mean: 1, median: 1, p99: null },
    host,
    rehearsalHost: host,
    launches: [],
  };
  const serving = servingProof(plan, [load, load, load]);
  return { ...record, spec: trial.spec, serving };
}

describe('proving a plan by serving', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;
  let agent: ScriptedAgent;
  let model: string;
  const own = {
    ...slotOfClass(`CPU ${randomUUID()}`),
    runtimes: [runtimeProbe({ name: 'onnxruntime', providers: ['cpu'] })],
  };
  const plan = { variant: 'int8', policy: 'multi-engine', engines: [1, 3], waitMs: 0, ratePerS: 100 };

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
    agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    model = await api.upload('models', 'tiny', tinyModel('proof'));
    await api.submit({
      name: 'measured',
      models: [{ sha256: model }],
      batches: [1, 3],
      variants: ['fp32', 'int8'],
      measure: { maxSeconds: 7 },
      devices: { classes: [own.deviceClass], runtimes: ['onnxruntime'] },
    });
    await agent.report(await agent.trial(0));
    await agent.report(await agent.trial(1));
  });
  afterAll(() => bed.close());

  it('reads curves with samples and intervals from what was measured', async () => {
    const document = await api.ok<CurvesDocument>('GET', `${routes.curves}?model=tiny`);
    expect(document).toMatchObject({ model: { sha256: model }, deviceClass: own.deviceClass, runtime: 'onnxruntime' });
    const int8 = document.curves.find(({ variant }) => variant === 'int8')!;
    expect(int8.points.map(({ batch, timeNs }) => [batch, timeNs])).toEqual([
      [1, 1_000_000],
      [3, 1_000_000],
    ]);
    expect(int8.points[0]!.samplesNs!.length).toBeGreaterThan(0);
    expect(int8.points[0]!.interval).toEqual({ lowNs: 1_000_000, highNs: 1_000_000 });
  });

  it('is a trial like any other: assigned, accepted once, kept; and it judges nothing', async () => {
    const { status, body } = await api.call('POST', routes.proofs, { model, plan, seconds: 2 });
    expect(status).toBe(201);
    const { matrix, trials } = body as MatrixDocument;
    expect(matrix.name).toBe('proof/tiny');
    const trial = await agent.trial(2);
    expect(trial.trialId).toBe(trials[0]!.id);
    expect(trial.spec).toMatchObject({ batch: 3, floats: [], accuracy: null, serve: { plan, seconds: 2, seed: 1 } });
    expect(trial.spec.recipes).toHaveLength(1);
    expect(trial.spec.serve!.points.map(({ batch }) => batch)).toEqual([1, 3]);
    const proofs = async () => (await api.ok<ProofList>('GET', `${routes.proofs}?model=tiny`)).proofs;
    expect(await proofs()).toMatchObject([{ state: 'assigned', plan, proof: null }]);
    const record = servedRecord(trial, agent.recordOf(trial));
    const { serving: _, ...unserved } = record;
    await expect(agent.report(trial, unserved)).rejects.toThrow(/result-mismatch/);
    expect(await agent.report(trial, record)).toMatchObject({ accepted: true });
    expect(await agent.report(trial, record)).toMatchObject({ accepted: false, reason: 'already-accepted' });
    expect(await proofs()).toMatchObject([
      { state: 'done', proof: { ratio, served: { p99Ms: 4 }, verdict: { held: true } } },
    ]);
    const verdicts = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(verdicts.results).toEqual([]);
  });

  it('says what can not be served', async () => {
    const refused = async (changes: object) =>
      (await api.call('POST', routes.proofs, { model, plan: { ...plan, ...changes } })).body;
    expect(await refused({ engines: [5] })).toMatchObject({ error: { code: 'engine-missing' } });
    expect(await refused({ variant: 'fp16' })).toMatchObject({ error: { code: 'variant-unknown' } });
    expect(await refused({ engines: [] })).toMatchObject({ error: { code: 'input-invalid' } });
    expect((await api.call('GET', `${routes.curves}?model=nobody`)).body).toMatchObject({
      error: { code: 'model-not-measured' },
    });
  });
});
