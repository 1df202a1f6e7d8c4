import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { routes, type MatrixDocument, type VerdictsDocument } from '@octet/protocol';
import { runtimeProbe } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControllerClient } from '../../../apps/cli/src/controller-client.js';
import { readRecords } from '../../../apps/cli/src/commands/export.js';
import { adminToken, Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass, type ScriptedAgent } from './bed/scripted-agent.js';

describe('measuring a trial again', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;
  let agent: ScriptedAgent;
  let first: MatrixDocument;
  const own = {
    ...slotOfClass(`CPU ${randomUUID()}`),
    runtimes: [runtimeProbe({ name: 'onnxruntime', providers: ['cpu'] })],
  };

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
    agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    const model = await api.upload('models', 'tiny', tinyModel('rerun'));
    first = await api.submit({
      name: 'once',
      models: [{ sha256: model }],
      batches: [3],
      variants: ['fp32', 'tf32', 'int8'],
      measure: { maxSeconds: 7, threshold: 1.2 },
      seed: 99,
      priority: 2,
      devices: { classes: [own.deviceClass], runtimes: ['onnxruntime'] },
    });
    await agent.report(await agent.trial(0));
  });
  afterAll(() => bed.close());

  it('makes a matrix with the very same spec, which says what it repeats', async () => {
    const original = first.trials[0]!;
    const { status, body } = await api.call('POST', routes.rerunTrial(original.id));
    expect(status).toBe(201);
    const again = body as MatrixDocument;
    expect(again.matrix).toMatchObject({ name: 'rerun/once', priority: 2, progress: { total: 1, refused: 1 } });
    const trial = await agent.trial(1);
    expect(trial.trialId).toBe(again.trials[0]?.id);
    expect(trial.spec).toEqual((await api.trial(original.id)).spec);
    await agent.report(trial);
    const document = await api.trial(trial.trialId);
    expect(document).toMatchObject({ rerunOf: original.id, trial: { state: 'done' } });
    expect((await api.trial(original.id)).rerunOf).toBeNull();

    const rows = async (id: string) =>
      (await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${id}`)).results;
    const [before] = await rows(first.matrix.id);
    const [after] = await rows(again.matrix.id);
    expect(after?.reasons).toEqual(before?.reasons);
    expect(after?.verdict).toBe(before?.verdict);
  });

  it('of a rerun does not pile up names', async () => {
    const again = await api.ok<MatrixDocument>('POST', routes.rerunTrial(agent.assigned[1]!.trialId));
    expect(again.matrix.name).toBe('rerun/once');
    await agent.report(await agent.trial(2));
  });

  it('is exported beside the first, each with its own times', async () => {
    const client = new ControllerClient({ url: controller.url, token: adminToken });
    const rows = await readRecords(client, undefined);
    const original = first.trials[0]!.id;
    expect(rows.map(({ trialId, rerunOf, verdict }) => [trialId, rerunOf, verdict])).toEqual([
      [original, null, 'worth-it'],
      [agent.assigned[1]!.trialId, original, 'worth-it'],
      [agent.assigned[2]!.trialId, agent.assigned[1]!.trialId, 'worth-it'],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ floatVariant: 'fp32', floatP50Ns: 2_000_000, int8P95Ns: 1_000_000 });
      expect(row).toMatchObject({ int8SizeBytes: 4_096, int8ThroughputPerSecond: 3000, threshold: 1.2, batch: 3 });
    }
    expect(new Set(rows.map((row) => row['seed'])).size).toBe(1);
    expect((await readRecords(client, first.matrix.id)).map((row) => row['trialId'])).toEqual([original]);
  });

  it('of a whole matrix asks for the same again, over the classes of today', async () => {
    const before = agent.assigned.length;
    expect(first.request).toMatchObject({ name: 'once', seed: 99, priority: 2, batches: [3] });
    const { status, body } = await api.call('POST', routes.rerunMatrix(first.matrix.id));
    expect(status).toBe(201);
    const again = body as MatrixDocument;
    expect(again.matrix.id).not.toBe(first.matrix.id);
    expect(again.request).toEqual(first.request);
    expect(again.matrix).toMatchObject({ name: 'once', priority: 2, progress: { total: 1, refused: 1 } });
    const trial = await agent.trial(before);
    expect(trial.spec).toEqual((await api.trial(first.trials[0]!.id)).spec);
    await agent.report(trial);
    expect((await api.ok<MatrixDocument>('POST', routes.matrices, first.request)).request).toEqual(first.request);
    expect((await api.call('POST', routes.rerunMatrix('no such matrix'))).status).toBe(404);
  });

  it('that is not here says so', async () => {
    expect(await api.call('POST', routes.rerunTrial(randomUUID()))).toMatchObject({
      status: 404,
      body: { error: { code: 'trial-unknown' } },
    });
    expect((await api.call('POST', routes.rerunTrial('nonsense'))).status).toBe(404);
  });
});
