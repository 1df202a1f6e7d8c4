import 'reflect-metadata';
import { routes, type SweepList } from '@octet/protocol';
import { recordedSweep } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, ControllerBed } from './bed/controller-bed.js';

describe('grids over weights and input size', () => {
  let bed: ControllerBed;
  let api: Api;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    api = new Api((await bed.start()).url);
  });
  afterAll(() => bed.close());

  it('are stored once, whatever a reader can compute left out, and listed newest first', async () => {
    const sweep = recordedSweep();
    const older = { ...sweep, measuredAt: '2026-01-01T00:00:00.000Z' };
    for (const each of [sweep, older, { ...sweep, rule: {}, fit: null }])
      expect((await api.call('POST', routes.sweeps, each)).status).toBe(201);
    const { sweeps } = await api.ok<SweepList>('GET', routes.sweeps);
    expect(sweeps).toEqual(
      [sweep, older].map((each) => ({ ...each, id: expect.any(String), storedAt: expect.any(String) })),
    );
  });

  it('are refused when they are none', async () => {
    const sweep = recordedSweep();
    const [first] = sweep.cells;
    const faults = [
      {},
      { ...sweep, cells: [] },
      { ...sweep, device: null },
      { ...sweep, measuredAt: 'yesterday' },
      { ...sweep, cells: [{ ...first, speedup: { median: 1, low: 2, high: 3 } }] },
      { ...sweep, cells: [{ ...first, cell: { ...first!.cell, weights: 0 } }] },
    ];
    for (const fault of faults)
      expect(await api.call('POST', routes.sweeps, fault)).toMatchObject({
        status: 400,
        body: { error: { code: 'input-invalid' } },
      });
  });
});
