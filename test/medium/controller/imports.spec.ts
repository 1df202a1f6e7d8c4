import 'reflect-metadata';
import { join } from 'node:path';
import { importedRecord, readVariantFolders } from '@octet/engines';
import { routes, type ImportDocument, type TrialDocument, type VerdictsDocument } from '@octet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed, type RunningController } from './bed/controller-bed.js';

const exportsDir = join(import.meta.dirname, '../../fixtures/trtexec/trt-engine-explorer/a100-resnet18_b32');

describe('importing exports of trtexec', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
  });
  afterAll(() => bed.close());

  it('stores them as results of their own, marked imported, and judges them', async () => {
    const variants = await readVariantFolders(exportsDir);
    const record = importedRecord({ name: 'resnet18', variants, importedAt: '2026-11-23T00:00:00.000Z' });
    const { status, body } = await api.call('POST', routes.imports, { name: 'resnet18', record });
    expect(status).toBe(201);
    const { matrix, trialId } = body as ImportDocument;
    expect(matrix.name).toBe('imported/resnet18');
    const trial = (await api.call('GET', routes.trial(trialId))).body as TrialDocument;
    expect(trial.trial.state).toBe('done');
    expect(trial.record?.['environment']).toMatchObject({ facts: { imported: true } });
    const verdicts = (await api.call('GET', `${routes.verdicts}?matrix=${matrix.id}`)).body as VerdictsDocument;
    expect(verdicts.results.map((row) => [row.times?.int8EndToEndNs, row.rounds])).toEqual([
      [882_683, 1],
      [545_792, 1],
    ]);
    expect(await api.call('POST', routes.rerunTrial(trialId))).toMatchObject({
      status: 404,
      body: { error: { code: 'model-unknown' } },
    });
  });

  it('refuses what is no record', async () => {
    expect((await api.call('POST', routes.imports, { name: 'x', record: {} })).status).toBe(400);
  });
});
