import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { TrialRecord } from '@octet/domain';
import {
  routes,
  type DeviceClassDocument,
  type MatrixDocument,
  type NoiseDocument,
  type StoredRow,
} from '@octet/protocol';
import { engineRecord, roundRecord, trialRecord } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import type { Assigned, ScriptedAgent } from './bed/scripted-agent.js';
import { slotOfClass } from './bed/scripted-agent.js';

const int8 = 'int8/static-symmetric/max/w8';
const gain = 1.07;

/** INT8 faster by `gain`; with a twin that differs from its float engine by `twin`, give or take 0.4 % a round. */
function recordWith(plain: TrialRecord, twin: number | null, startedAt: string): TrialRecord {
  const floatNs = 2_000_000;
  const spread = (index: number) => 1 + 0.001 * (((index * 7) % 9) - 4);
  return trialRecord({
    ...plain,
    startedAt,
    engines: twin === null ? plain.engines : [...plain.engines, engineRecord({ label: 'fp32#2' })],
    rounds: Array.from({ length: 9 }, (_, index) =>
      roundRecord(index, {
        fp32: floatNs,
        [int8]: floatNs / gain,
        ...(twin === null ? {} : { 'fp32#2': floatNs / (twin * spread(index)) }),
      }),
    ),
  });
}

describe('the noise floor', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;
  let agent: ScriptedAgent;
  let submitted: MatrixDocument;
  const own = slotOfClass(`CPU ${randomUUID()}`);

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
    agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    const model = await api.upload('models', 'tiny', tinyModel('noise'));
    submitted = await api.submit({
      models: [{ sha256: model }],
      batches: Array.from({ length: 23 }, (_, index) => index + 1),
      devices: { classes: [own.deviceClass], runtimes: ['scripted'] },
    });
  });
  afterAll(() => bed.close());

  /** Reports the nth trial; answers the row that it was judged with. */
  async function report(index: number, twin: number | null, day = '2026-11-22'): Promise<StoredRow> {
    const trial: Assigned = await agent.trial(index);
    const record = recordWith(agent.recordOf(trial), twin, `${day}T10:00:00.000Z`);
    expect(await agent.report(trial, record)).toEqual({ accepted: true, reason: 'accepted' });
    const { results } = await api.ok<{ results: StoredRow[] }>('GET', `${routes.verdicts}?trial=${trial.trialId}`);
    expect(results).toHaveLength(1);
    return results[0]!;
  }
  const noise = async () => {
    const { noise: classes } = await api.ok<NoiseDocument>('GET', routes.noise);
    return classes.find((entry) => entry.deviceClass === own.deviceClass)!;
  };

  it('is the default until enough controls are there, then what they measured; the verdicts follow', async () => {
    expect(submitted.matrix.progress.total).toBe(23);
    expect(await noise()).toMatchObject({ floor: 0.01, source: 'default', trials: 0, falseVerdicts: null, days: [] });
    expect(await report(0, null)).toMatchObject({ verdict: 'worth-it', noiseFloor: 0.01 });
    for (let index = 1; index <= 19; index += 1) await report(index, 1.002);
    expect(await noise()).toMatchObject({ floor: 0.01, source: 'default', trials: 19 });

    const measured = await report(20, 1.002);
    expect(measured.noiseFloor).toBeCloseTo(Math.log(1.002), 6);
    expect(measured.verdict).toBe('worth-it');

    // Of 21 controls the largest difference is the 95 % quantile: the same gain is now inside the floor.
    const noisy = await report(21, 1.08, '2026-11-23');
    expect(noisy).toMatchObject({ verdict: 'not-worth-it', noiseFloor: expect.closeTo(Math.log(1.08), 6) });
    const after = await report(22, null, '2026-11-23');
    expect(after).toMatchObject({ verdict: 'not-worth-it', noiseFloor: expect.closeTo(Math.log(1.08), 6) });
    expect(after.speedup?.median).toBeCloseTo(gain, 3);
  });

  it('is told with its history and the rate of false verdicts', async () => {
    const ofClass = await noise();
    expect(ofClass).toMatchObject({ source: 'measured', trials: 21, falseVerdicts: { count: 1, total: 21 } });
    expect(
      ofClass.days.map(({ day, controls, falseVerdicts, source }) => [day, controls, falseVerdicts, source]),
    ).toEqual([
      ['2026-11-22', 20, 0, 'measured'],
      ['2026-11-23', 1, 1, 'measured'],
    ]);
    const { deviceClasses } = await api.ok<{ deviceClasses: DeviceClassDocument[] }>('GET', routes.deviceClasses);
    const stored = deviceClasses.find((entry) => entry.deviceClass === own.deviceClass);
    expect(stored?.noiseFloor).toBeCloseTo(Math.log(1.08), 6);
  });
});
