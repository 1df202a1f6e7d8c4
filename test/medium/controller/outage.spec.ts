import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isOctetError } from '@octet/domain';
import { routes } from '@octet/protocol';
import { freePort, startPostgres, startRedis, type RunningService } from '@octet/services';
import { temporaryFolder } from '@octet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../apps/controller/src/config.js';
import { createApp } from '../../../apps/controller/src/create-app.js';
import { Api, ControllerBed, migrate, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass } from './bed/scripted-agent.js';
import { waitFor } from './bed/wait-for.js';

describe('when a service is down', () => {
  let folder: string;
  let postgres: RunningService;
  let redis: RunningService;
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;

  const startDatabase = (port?: number) =>
    startPostgres({ dataDir: folder, durable: false, ...(port === undefined ? {} : { port }) });
  const startQueue = (port?: number) => startRedis({ dataDir: folder, ...(port === undefined ? {} : { port }) });
  const ready = () => new Api(controller.url, null).call('GET', routes.ready);

  beforeAll(async () => {
    folder = await temporaryFolder();
    [postgres, redis] = await Promise.all([startDatabase(), startQueue()]);
    await migrate(postgres.url);
    bed = ControllerBed.over({ databaseUrl: postgres.url, redisUrl: redis.url, stop: async () => undefined }, folder);
    controller = await bed.start();
    api = new Api(controller.url);
  });
  afterAll(async () => {
    await bed.close();
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['database-unavailable', 'DATABASE_URL', 'postgresql://octet:secret-word@127.0.0.1'],
    ['redis-unavailable', 'REDIS_URL', 'redis://:secret-word@127.0.0.1'],
  ])('a start ends with %s, naming the place and never the password', async (code, variable, base) => {
    const port = await freePort();
    const config = parseConfig({
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      OCTET_DATA_DIR: folder,
      [variable]: `${base}:${port}/octet`,
    });
    const error: unknown = await createApp(config).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isOctetError(error) && error.code).toBe(code);
    expect((error as Error).message).toContain(`127.0.0.1:${port}`);
    expect((error as Error).message).toContain(variable);
    expect((error as Error).message).not.toContain('secret-word');
  });

  it('the environment is judged as a whole', () => {
    expect(() => parseConfig({ OCTET_PORT: 'http' })).toThrow(
      /DATABASE_URL is missing[\s\S]*REDIS_URL[\s\S]*OCTET_PORT/,
    );
  });

  it('Postgres: not ready, 503 with the reason, and on it goes afterwards', async () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    const agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    const model = await api.upload('models', 'tiny', tinyModel('outage'));
    const devices = { classes: [own.deviceClass], runtimes: ['scripted'] };
    const { matrix } = await api.submit({ models: [{ sha256: model }], batches: [1, 2], devices });
    const trial = await agent.trial();
    await postgres.stop();
    await waitFor(async () => (await ready()).status === 503, 'readiness to say so');
    expect((await ready()).body).toMatchObject({ parts: { database: 'does not answer', redis: 'ok' } });
    expect((await new Api(controller.url, null).call('GET', routes.live)).status).toBe(200);
    const refused = await api.call('GET', routes.matrices);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'database-unavailable' } } });
    await expect(agent.report(trial)).rejects.toThrow('503');
    postgres = await startDatabase(postgres.port);
    await waitFor(async () => (await ready()).status === 200, 'readiness');
    expect((await agent.report(trial)).accepted).toBe(true);
    agent.manner = 'measure';
    await agent.report(await agent.trial(1));
    await waitFor(async () => (await api.matrix(matrix.id)).matrix.state === 'ended', 'the matrix to end');
    expect((await api.matrix(matrix.id)).trials.map((entry) => entry.state)).toEqual(['done', 'done']);
  });

  it('Redis: not ready, matrices are taken all the same, and measured afterwards', async () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    const agent = await bed.agent(controller, { hello: { slots: [own] }, manner: 'hold' });
    const model = await api.upload('models', 'tiny', tinyModel('outage'));
    const devices = { classes: [own.deviceClass], runtimes: ['scripted'] };
    const first = await api.submit({ models: [{ sha256: model }], devices });
    const trial = await agent.trial();
    await redis.stop();
    await waitFor(async () => (await ready()).status === 503, 'readiness to say so');
    const second = await api.submit({ models: [{ sha256: model }], batches: [2, 3], devices });
    expect(second.matrix.progress.queued).toBe(2);
    expect((await agent.report(trial)).accepted).toBe(true);
    expect((await api.matrix(first.matrix.id)).matrix.state).toBe('ended');
    agent.manner = 'measure';
    redis = await startQueue(redis.port);
    await waitFor(async () => (await ready()).status === 200, 'readiness');
    await waitFor(
      async () => (await api.matrix(second.matrix.id)).matrix.state === 'ended',
      'the matrix to end',
      40_000,
    );
    const trials = (await api.matrix(second.matrix.id)).trials;
    expect(trials.map((entry) => [entry.state, entry.attempt])).toEqual([
      ['done', 1],
      ['done', 1],
    ]);
  });
});
