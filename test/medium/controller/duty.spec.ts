import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { routes, type AgentDocument, type AgentOrder, type LaneDocument } from '@octet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentToken, Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass, type ScriptedAgent } from './bed/scripted-agent.js';
import { waitFor } from './bed/wait-for.js';

/** Longer than a heartbeat, a reconciliation and a back-off together: what is to happen has happened by then. */
const settled = 1200;

describe('duties of an agent', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let other: RunningController;
  let api: Api;
  let model: string;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    other = await bed.start();
    api = new Api(controller.url);
    model = await api.upload('models', 'tiny', tinyModel('duty'));
  });
  afterAll(() => bed.close());

  const order = async (agent: ScriptedAgent, what: AgentOrder, by = api) =>
    (await by.ok<{ agent: AgentDocument }>('POST', routes.agentOrder(agent.agentId, what))).agent;
  /** Two trials of a class of its own; the agent holds the first. */
  const held = async () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    const hello = { slots: [own], lifeId: 'first life' };
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const devices = { classes: [own.deviceClass], runtimes: ['scripted'] };
    const { matrix } = await api.submit({ models: [{ sha256: model }], batches: [1, 2], devices });
    return { agent, hello, matrix, trial: await agent.trial() };
  };
  const running = (agent: ScriptedAgent) =>
    agent.assigned.slice(-1).map(({ slotId, trialId, attempt }) => ({ slotId, trialId, attempt }));

  it.each(['drain', 'pause'] as const)(
    '%s: ends what runs, takes nothing more, takes again when resumed',
    async (what) => {
      const { agent, matrix, trial } = await held();
      expect(await order(agent, what)).toMatchObject({
        state: 'connected',
        slots: [{ running: { trialId: trial.trialId } }],
      });
      expect((await agent.report(trial)).accepted).toBe(true);
      await sleep(settled);
      expect(agent.assigned).toHaveLength(1);
      expect((await api.matrix(matrix.id)).matrix).toMatchObject({ state: 'running', expectedSecondsLeft: null });
      expect((await order(agent, 'resume')).duty).toBe('working');
      expect((await agent.report(await agent.trial(1))).accepted).toBe(true);
      await waitFor(async () => (await api.matrix(matrix.id)).matrix.state === 'ended', 'the matrix to end');
    },
  );

  it('keeps both over a lost connection; a restart of the agent ends draining, and a pause stays', async () => {
    for (const [what, afterRestart] of [
      ['drain', 'working'],
      ['pause', 'paused'],
    ] as const) {
      const { agent, trial } = await held();
      const { duty } = await order(agent, what);
      expect((await agent.report(trial)).accepted).toBe(true);
      agent.cut();
      await agent.connect();
      await sleep(settled);
      expect([duty, agent.assigned.length]).toEqual([what === 'drain' ? 'draining' : 'paused', 1]);
      agent.cut();
      await agent.connect({ lifeId: 'second life' });
      if (afterRestart === 'working') await agent.trial(1);
      else await sleep(settled);
      const { agents } = await api.ok<{ agents: AgentDocument[] }>('GET', routes.agents);
      expect(agents.find(({ id }) => id === agent.agentId)?.duty).toBe(afterRestart);
      expect(agent.assigned).toHaveLength(afterRestart === 'working' ? 2 : 1);
    }
  });

  it('lets a draining agent that comes back go on with what it runs', async () => {
    const { agent, trial } = await held();
    await order(agent, 'drain');
    agent.cut();
    await agent.connect({ running: running(agent) });
    await sleep(settled);
    expect((await api.trial(trial.trialId)).trial).toMatchObject({ state: 'assigned', attempt: 1 });
    expect((await agent.report(trial)).accepted).toBe(true);
  });

  it('is carried out by the controller that has the agent, whichever is told', async () => {
    const { agent, trial } = await held();
    expect((await order(agent, 'pause', new Api(other.url))).duty).toBe('paused');
    expect((await agent.report(trial)).accepted).toBe(true);
    await sleep(settled);
    expect(agent.assigned).toHaveLength(1);
  });

  it('revoke: hangs up, gives the running trial to another, and refuses what the agent still sends', async () => {
    const { agent, hello, matrix, trial } = await held();
    expect(await order(agent, 'revoke')).toMatchObject({ duty: 'revoked', slots: [{ running: null }] });
    await waitFor(() => agent.messages.some((message) => message.type === 'refused'), 'a refusal');
    expect((await api.trial(trial.trialId)).trial).toMatchObject({ state: 'queued', agentId: null });
    await expect(agent.report(trial)).rejects.toThrow(/403.*agent-revoked/);
    const guarded = await new Api(controller.url, agentToken).call('GET', routes.model(model), undefined, {
      'octet-agent-id': agent.agentId,
    });
    expect(guarded).toMatchObject({ status: 403, body: { error: { code: 'agent-revoked' } } });

    const helper = await bed.agent(controller, { hello, manner: 'measure' });
    await waitFor(async () => (await api.matrix(matrix.id)).matrix.state === 'ended', 'the matrix to end');
    expect(helper.acceptedResults).toBe(2);
    const { trial: done, history } = await api.trial(trial.trialId);
    expect(done).toMatchObject({ state: 'done', agentId: helper.agentId });
    expect(done.attempt).toBeGreaterThan(trial.attempt);
    expect(history.map((event) => event.reason)).toContain('agent-revoked');
  });

  it('lets a revoked agent in again only when it is resumed, and its old result is stale then', async () => {
    const { agent, trial } = await held();
    await order(agent, 'revoke');
    const refused = () => agent.messages.filter((message) => message.type === 'refused').length;
    await waitFor(() => refused() === 1, 'the first refusal');
    void agent.connect().catch(() => undefined);
    await waitFor(() => refused() === 2, 'the second refusal');
    expect((await order(agent, 'resume')).duty).toBe('working');
    expect(await agent.report(trial)).toEqual({ accepted: false, reason: 'stale-attempt' });
    await agent.connect({ running: running(agent) });
    await waitFor(() => agent.cancelled.length === 1, 'the old attempt to be stopped');
    expect((await agent.trial(1)).attempt).toBeGreaterThan(0);
  });

  it('tells what each lane waits for, and what comes next', async () => {
    const { agent, hello, matrix, trial } = await held();
    const own = hello.slots[0]!.deviceClass;
    const lane = async () => {
      const { lanes } = await api.ok<{ lanes: LaneDocument[] }>('GET', routes.lanes);
      return lanes.find(({ deviceClass }) => deviceClass === own)!;
    };
    const next = [{ model: 'tiny', batch: 2, priority: 5, matrix: { id: matrix.id, name: matrix.name } }];
    const open = { queued: 1, assigned: 1, connectedSlots: 1 };
    expect(await lane()).toMatchObject({ ...open, workingSlots: 1, waitsFor: 'free-slot', next });
    expect((await lane()).expectedSeconds).toBeGreaterThan(0);
    await order(agent, 'pause');
    expect(await lane()).toMatchObject({ ...open, workingSlots: 0, waitsFor: 'duty', expectedSeconds: null });
    expect((await agent.report(trial)).accepted).toBe(true);
    agent.cut();
    await waitFor(async () => (await lane()).waitsFor === 'device', 'the lane to wait for a device');
    expect(await lane()).toMatchObject({ queued: 1, assigned: 0, connectedSlots: 0, expectedSeconds: null });
  });

  it('shows the last reading of a device while its agent is here', async () => {
    const { agent } = await held();
    const at = new Date().toISOString();
    const reading = { at, clockMhz: 1980, temperatureC: 61, powerW: 402.5, utilization: 0.98, throttle: ['power-cap'] };
    const shown = async () => {
      const { agents } = await api.ok<{ agents: AgentDocument[] }>('GET', routes.agents);
      return agents.find(({ id }) => id === agent.agentId)!.slots[0]!.reading;
    };
    expect(await shown()).toBeNull();
    agent.send({ type: 'devices.readings', slots: [{ slotId: 'cpu', reading }] });
    await waitFor(shown, 'the reading');
    expect(await shown()).toEqual(reading);
    agent.cut();
    await waitFor(async () => (await shown()) === null, 'the reading of a lost agent to go');
  });

  it('names what it does not know', async () => {
    const call = (reference: string, what: string) => api.call('POST', routes.agentOrder(reference, what));
    expect(await call('nobody', 'drain')).toMatchObject({ status: 404, body: { error: { code: 'agent-unknown' } } });
    expect(await call('nobody', 'dance')).toMatchObject({ status: 400, body: { error: { code: 'input-invalid' } } });
    const twins = await Promise.all([1, 2].map(() => bed.agent(controller, { hello: { name: 'twin', slots: [] } })));
    const ambiguous = await call('twin', 'drain');
    expect(ambiguous).toMatchObject({ status: 409, body: { error: { code: 'agent-ambiguous' } } });
    for (const { agentId } of twins) expect(JSON.stringify(ambiguous.body)).toContain(agentId);
  });
});
