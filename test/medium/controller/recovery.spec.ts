import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { routes, type VerdictsDocument } from '@octet/protocol';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { Api, ControllerBed, tinyModel, type RunningController } from './bed/controller-bed.js';
import { slotOfClass, type Assigned, type ScriptedAgent } from './bed/scripted-agent.js';
import { waitFor } from './bed/wait-for.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('recovery', () => {
  let bed: ControllerBed;
  let controller: RunningController;
  let api: Api;
  let model: string;
  let redis: Redis;

  beforeAll(async () => {
    bed = await ControllerBed.open();
    controller = await bed.start();
    api = new Api(controller.url);
    model = await api.upload('models', 'tiny', tinyModel('recovery'));
    redis = new Redis(bed.services.redisUrl);
  });
  afterAll(async () => {
    redis.disconnect();
    await bed.close();
  });

  const lane = () => {
    const own = slotOfClass(`CPU ${randomUUID()}`);
    return { hello: { slots: [own] }, devices: { classes: [own.deviceClass], runtimes: ['scripted'] } };
  };
  const ended = (id: string) =>
    waitFor(async () => {
      const document = await api.matrix(id);
      return document.matrix.state === 'ended' ? document : null;
    }, `matrix ${id} to end`);
  const running = ({ slotId, trialId, attempt }: Assigned) => ({ running: [{ slotId, trialId, attempt }] });
  /** A matrix of `count` trials whose class is known, with an agent that holds its first trial. */
  const held = async (count = 1) => {
    const { hello, devices } = lane();
    const agent = await bed.agent(controller, { hello, manner: 'hold' });
    const batches = Array.from({ length: count }, (_, index) => index + 1);
    const { matrix } = await api.submit({ models: [{ sha256: model }], batches, devices });
    return { agent, hello, devices, matrix, trial: await agent.trial() };
  };
  const acceptedOf = async (trialId: string) => {
    const database = controller.app.get(DataSource);
    return database.query<{ attempt: number; agentId: string }[]>(
      'select attempt, agent_id as "agentId" from results where trial_id = $1',
      [trialId],
    );
  };

  it('gives a trial of an agent that stays away to another, and refuses the first one’s late result', async () => {
    const { agent, hello, matrix, trial } = await held();
    agent.cut();
    const other = await bed.agent(controller, { hello, manner: 'hold' });
    const again = await other.trial();
    expect(again).toMatchObject({ trialId: trial.trialId, attempt: 2 });
    expect(await agent.report(trial)).toEqual({ accepted: false, reason: 'stale-attempt' });
    expect((await api.trial(trial.trialId)).trial.state).toBe('assigned');
    expect((await api.trial(trial.trialId)).results).toEqual([]);
    expect(await other.report(again)).toEqual({ accepted: true, reason: 'accepted' });
    expect(await agent.report(trial)).toEqual({ accepted: false, reason: 'stale-attempt' });
    await ended(matrix.id);
    expect(await acceptedOf(trial.trialId)).toEqual([{ attempt: 2, agentId: other.agentId }]);
    const history = (await api.trial(trial.trialId)).history.map((event) => event.reason);
    expect(history).toEqual(['submitted', 'assigned', 'agent-lost', 'assigned', 'accepted']);
  });

  it('takes a duplicate for what it is', async () => {
    const { agent, matrix, trial } = await held();
    const answers = await Promise.all([1, 2, 3, 4].map(() => agent.report(trial)));
    expect(answers.map((answer) => answer.reason).sort()).toEqual([
      'accepted',
      'already-accepted',
      'already-accepted',
      'already-accepted',
    ]);
    await ended(matrix.id);
    expect(await acceptedOf(trial.trialId)).toHaveLength(1);
    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(results).toHaveLength(1);
  });

  it('goes on with a trial whose agent comes back in time, under the same attempt', async () => {
    const { agent, matrix, trial } = await held();
    agent.cut();
    await pause(500);
    await agent.connect(running(trial));
    await pause(2000);
    expect(agent.assigned).toHaveLength(1);
    expect((await api.trial(trial.trialId)).trial).toMatchObject({ state: 'assigned', attempt: 1 });
    expect((await agent.report(trial)).accepted).toBe(true);
    await ended(matrix.id);
  });

  it('measures again at once what an agent lost by starting anew', async () => {
    const { agent, matrix, trial } = await held();
    agent.cut();
    agent.manner = 'measure';
    await agent.connect();
    await ended(matrix.id);
    expect(await acceptedOf(trial.trialId)).toEqual([{ attempt: 2, agentId: agent.agentId }]);
  });

  it('waits for a result that an agent says it has spooled, and tells it of those nobody needs', async () => {
    const { agent, matrix, trial } = await held();
    agent.cut();
    await pause(200);
    const { trialId, attempt } = trial;
    const useless = { trialId: randomUUID(), attempt: 1 };
    await agent.connect({ spooled: [{ trialId, attempt }, useless] });
    expect((await agent.report(trial)).accepted).toBe(true);
    await ended(matrix.id);
    await waitFor(() => agent.messages.some((message) => message.type === 'result.settled'), 'result.settled');
    const settled = agent.messages.filter((message) => message.type === 'result.settled');
    expect(settled).toEqual([{ type: 'result.settled', ...useless }]);
    expect(agent.assigned).toHaveLength(1);
  });

  it('puts a trial back into its lane when its job is lost', async () => {
    const { agent, matrix, trial } = await held(3);
    const jobs = await redis.keys('octet:*scripted:*');
    const waiting = (await api.matrix(matrix.id)).trials.filter((entry) => entry.state === 'queued');
    expect(waiting).toHaveLength(2);
    const lost = jobs.filter((key) => waiting.some((entry) => key.includes(entry.id)) || key.endsWith(':wait'));
    expect(lost.length).toBeGreaterThanOrEqual(3);
    await redis.del(...lost);
    agent.manner = 'measure';
    await agent.report(trial);
    const document = await ended(matrix.id);
    expect(document.trials.map((entry) => entry.attempt)).toEqual([1, 1, 1]);
  });

  it('survives a Redis that forgets everything', async () => {
    const { agent, matrix, trial } = await held(4);
    await redis.flushdb();
    await pause(1500);
    expect((await agent.report(trial)).accepted).toBe(true);
    agent.manner = 'measure';
    const next = await agent.trial(1);
    await agent.report(next);
    const document = await ended(matrix.id);
    expect(document.trials.map((entry) => [entry.state, entry.attempt])).toEqual(Array(4).fill(['done', 1]));
  });

  it('cancels what waits and what runs, and discards what still comes', async () => {
    const { agent, matrix, trial } = await held(3);
    const cancelled = await api.ok<{ matrix: { state: string } }>('POST', routes.cancelMatrix(matrix.id), {});
    expect(cancelled.matrix.state).toBe('cancelled');
    await waitFor(() => agent.cancelled.length > 0, 'trial.cancel');
    expect(agent.cancelled).toMatchObject([{ trialId: trial.trialId, attempt: 1 }]);
    expect(await agent.report(trial)).toEqual({ accepted: false, reason: 'cancelled' });
    await pause(1000);
    expect(agent.assigned).toHaveLength(1);
    const { results } = await api.ok<VerdictsDocument>('GET', `${routes.verdicts}?matrix=${matrix.id}`);
    expect(results.map((row) => [row.verdict, row.reasons[0]?.id])).toEqual(
      Array(3).fill(['not-measured', 'cancelled']),
    );
    const { matrix: after } = await api.submit({ models: [{ sha256: model }], devices: devicesOf(agent) });
    agent.manner = 'measure';
    await agent.report(await agent.trial(1));
    await ended(after.id);
  });

  it('queues again what is handed back, and counts it as no failure', async () => {
    const { agent, hello, matrix, trial } = await held();
    const { trialId, attempt } = trial;
    agent.send({ type: 'trial.handback', trialId, attempt, reason: 'the agent is shutting down' });
    agent.cut();
    const other = await bed.agent(controller, { hello });
    await ended(matrix.id);
    expect(await acceptedOf(trialId)).toEqual([{ attempt: 2, agentId: other.agentId }]);
    const history = (await api.trial(trialId)).history.map((event) => event.reason);
    expect(history).toEqual(['submitted', 'assigned', 'handback', 'assigned', 'accepted']);
  });

  it('stops an agent that works on an attempt that does not count any more', async () => {
    const { agent, hello, matrix, trial } = await held();
    agent.cut();
    const other = await bed.agent(controller, { hello });
    await ended(matrix.id);
    await agent.connect(running(trial));
    await waitFor(() => agent.cancelled.length > 0, 'trial.cancel');
    expect(agent.cancelled).toMatchObject([{ trialId: trial.trialId, attempt: 1 }]);
    expect(await acceptedOf(trial.trialId)).toEqual([{ attempt: 2, agentId: other.agentId }]);
  });

  it('cuts an agent that breaks the protocol, and only that one', async () => {
    const { agent, matrix, trial } = await held();
    const rude = await bed.agent(controller);
    rude.send({ type: 'nonsense' } as never);
    await waitFor(() => rude.messages.some((message) => message.type === 'refused'), 'a refusal');
    expect((await agent.report(trial)).accepted).toBe(true);
    await ended(matrix.id);
  });

  it('lets nobody in without the agents’ token', async () => {
    for (const token of ['', 'wrong', 'test-admin-token-0123456789']) {
      await expect(bed.agent(controller, { token })).rejects.toThrow('401');
    }
  });

  describe('with several controllers', () => {
    it('a trial goes on when its controller stops and another takes over', async () => {
      const first = await bed.start();
      const { hello, devices } = lane();
      const agent = await bed.agent(first, { hello, manner: 'hold' });
      const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
      const trial = await agent.trial();
      const began = Date.now();
      await first.close();
      expect(Date.now() - began).toBeLessThan(2000);
      const moved = await moveTo(controller, agent, trial);
      await pause(3000);
      expect(moved.assigned).toEqual([]);
      expect((await moved.report(trial)).accepted).toBe(true);
      await ended(matrix.id);
      expect((await api.trial(trial.trialId)).trial.attempt).toBe(1);
    });

    it('an agent that moves takes its trial along, though the old controller lives', async () => {
      const second = await bed.start();
      const { hello, devices } = lane();
      const agent = await bed.agent(second, { hello, manner: 'hold' });
      const { matrix } = await api.submit({ models: [{ sha256: model }], devices });
      const trial = await agent.trial();
      const moved = await moveTo(controller, agent, trial);
      await pause(3000);
      expect(moved.assigned).toEqual([]);
      expect((await api.trial(trial.trialId)).trial).toMatchObject({ state: 'assigned', attempt: 1 });
      expect((await moved.report(trial)).accepted).toBe(true);
      await ended(matrix.id);
    });

    it('two of them accept one result once', async () => {
      const second = await bed.start();
      const { agent, matrix, trial } = await held();
      const twin = twinOf(second, agent);
      const answers = await Promise.all([
        agent.report(trial),
        twin.report(trial),
        agent.report(trial),
        twin.report(trial),
      ]);
      expect(answers.filter((answer) => answer.accepted)).toHaveLength(1);
      await ended(matrix.id);
      expect(await acceptedOf(trial.trialId)).toHaveLength(1);
    });

    it('a result posted to one ends the run at the other', async () => {
      const second = await bed.start();
      const { agent, trial } = await held(2);
      const twin = twinOf(second, agent);
      expect((await twin.report(trial)).accepted).toBe(true);
      await agent.trial(1);
    });

    /** The same agent, dialling another controller with the trial it runs. */
    async function moveTo(target: RunningController, agent: ScriptedAgent, trial: Assigned): Promise<ScriptedAgent> {
      const moved = twinOf(target, agent);
      moved.manner = 'hold';
      await moved.connect({ slots: agent.offered, ...running(trial) });
      return moved;
    }
  });

  /** Speaks HTTP to another controller in the agent's name. */
  function twinOf(target: RunningController, agent: ScriptedAgent): ScriptedAgent {
    return bed.unconnectedAgent(target, { agentId: agent.agentId, hello: { slots: agent.offered } });
  }

  function devicesOf(agent: ScriptedAgent) {
    return { classes: agent.offered.map((slot) => slot.deviceClass), runtimes: ['scripted'] };
  }
});
