import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { routes, type GridDocument } from '@octet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass } from './bed/scripted-agent.js';

describe('the grid', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
  });
  afterAll(() => bed.close());

  it('follows a trial from its lane to its verdict, in every controller', async () => {
    const second = new Api((await bed.start()).url);
    const seen = async () => {
      const grids = await Promise.all([api, second].map((each) => each.ok<GridDocument>('GET', routes.grid)));
      expect(grids[1]).toEqual(grids[0]);
      return grids[0]!.cells.map(({ verdict, why }) => [verdict, why === null ? null : grids[0]!.whys[why]!.id]);
    };
    expect(await seen()).toEqual([]);
    const own = slotOfClass(`CPU ${randomUUID()}`);
    const model = await api.upload('models', 'tiny', tinyModel('grid'));
    const agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    await api.submit({
      models: [{ sha256: model }],
      devices: { classes: [own.deviceClass], runtimes: ['scripted'] },
    });
    const trial = await agent.trial(0);
    expect(await seen()).toEqual([['not-measured', 'running']]);
    expect(await seen()).toEqual([['not-measured', 'running']]);
    await agent.report(trial, agent.recordOf(trial));
    expect((await seen()).map(([verdict]) => verdict)).not.toContain('not-measured');
  });
});
