import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { routes, type GridDocument, type StoredRow } from '@octet/protocol';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass } from './bed/scripted-agent.js';
import { waitFor } from './bed/wait-for.js';

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

  it('shows what was measured beside a cancelled matrix of more cells than are read', async () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    const model = await api.upload('models', 'kept', tinyModel('kept'));
    const agent = await bed.agent(controller, { hello: { slots: [own] } });
    const devices = { classes: [own.deviceClass], runtimes: ['scripted'] };
    const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
    await waitFor(async () => (await api.matrix(matrix.id)).matrix.state === 'ended', 'the trial to end');
    const measured = (await api.ok<{ results: StoredRow[] }>('GET', `${routes.verdicts}?matrix=${matrix.id}`)).results;
    agent.cut();
    await crowd(matrix.id, 100_001);
    const grid = await api.ok<GridDocument>('GET', routes.grid);
    const at = grid.models.findIndex(({ name }) => name === 'kept');
    expect(grid.cells.find((cell) => cell.model === at)?.verdict).toBe(measured[0]?.verdict);
    const { results } = await api.ok<{ results: StoredRow[] }>('GET', `${routes.verdicts}?runtime=scripted`);
    expect(results.filter((row) => row.model.name === 'kept')).toEqual(measured);
  });

  /** Rows as the cells of a cancelled matrix leave them. */
  async function crowd(matrixId: string, count: number): Promise<void> {
    const client = new pg.Client({ connectionString: bed.services.databaseUrl });
    await client.connect();
    await client.query(
      `insert into verdicts (matrix_id, model_name, model_sha256, device_class, runtime, batch, verdict, row)
       select matrix_id, 'crowd', model_sha256, device_class, runtime, batch, 'not-measured',
              row || jsonb_build_object('verdict', 'not-measured', 'reasons', '[]'::jsonb,
                                        'model', jsonb_build_object('name', 'crowd', 'sha256', model_sha256))
       from verdicts, generate_series(1, $2) where matrix_id = $1`,
      [matrixId, count],
    );
    await client.end();
  }
});
