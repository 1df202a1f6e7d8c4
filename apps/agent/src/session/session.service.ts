import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { isOctetError } from '@octet/domain';
import {
  initialSession,
  keyOf,
  step,
  type Assignment,
  type Identity,
  type SessionEffect,
  type SessionInput,
  type SessionState,
  type SlotReadings,
  type TrialKey,
} from '@octet/protocol';
import type { AgentConfig } from '../config.js';
import { AgentSocket } from '../connection/agent-socket.js';
import { isFinal, type ControllerClient } from '../connection/controller-client.js';
import type { ResultSpool } from '../results/result-spool.js';
import { throttleProgress } from '../trials/progress-throttle.js';
import type { TrialRunner } from '../trials/trial-runner.js';

/** How often the devices are read for people to look at. */
const readEveryMs = 5000;

/** Failures of this attempt that say nothing about the next one. */
const passing = new Set([
  'controller-unreachable',
  'disk-full',
  'spool-failed',
  'trial-process-ended',
  'host-lock-unusable',
]);

interface Running {
  abort: AbortController;
  reason: string | null;
}

/** Drives the pure session: carries out its effects with the socket, the disk, the clock and the runner, and tells it what came of them. */
export class SessionService {
  private readonly logger = new Logger('agent');
  private readonly readings: NodeJS.Timeout;
  private readonly running = new Map<string, Running>();
  private state: SessionState;
  private socket: AgentSocket | null = null;
  private inputs: SessionInput[] = [];
  private stepping = false;
  private finish: () => void = () => undefined;
  /** Resolves when the session has ended for good. */
  readonly ended = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(
    private readonly config: AgentConfig,
    identity: Identity,
    private readonly spool: ResultSpool,
    private readonly client: ControllerClient,
    private readonly runner: TrialRunner,
    private readonly readDevices: () => Promise<SlotReadings>,
  ) {
    this.state = initialSession(identity);
    this.readings = setInterval(() => this.inBackground(this.tellReadings()), readEveryMs).unref();
  }

  async start(): Promise<void> {
    rmSync(this.sign, { force: true });
    const spooled = await this.spool.open();
    if (spooled.length > 0) this.logger.log(`${spooled.length} results of an earlier life wait to be delivered`);
    this.state = initialSession(this.state.identity, spooled);
    this.take({ type: 'started' });
  }

  private async tellReadings(): Promise<void> {
    if (this.state.connection !== 'welcomed') return;
    const slots = await this.readDevices();
    if (slots.length > 0) this.take({ type: 'devices-read', slots });
  }

  /** SIGTERM, Ctrl-C: first finish, the second time hand back. */
  terminate(): void {
    this.logger.log(
      this.state.lifecycle === 'working' ? 'finishing what runs (again: at once)' : 'handing back what runs',
    );
    this.take({ type: 'terminate' });
  }

  /** One input after the other: an effect may cause the next input while it is carried out. */
  private take(input: SessionInput): void {
    this.inputs.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
      const [state, effects] = step(this.state, next);
      this.state = state;
      for (const effect of effects) this.perform(effect);
    }
    this.stepping = false;
  }

  private perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'connect':
        return void setTimeout(() => this.connect(), effect.delayMs);
      case 'disconnect':
        return this.socket?.disconnect();
      case 'send':
        return this.socket?.send(effect.message);
      case 'start-trial':
        return void this.runTrial(effect.assignment);
      case 'stop-trial':
        return this.stopTrial(effect.key, effect.reason);
      case 'post-result':
        return void setTimeout(() => void this.post(effect.key), effect.delayMs);
      case 'delete-spooled':
        return this.inBackground(this.spool.delete(effect.key));
      case 'start-drain-timer':
        return void setTimeout(() => this.take({ type: 'drain-expired' }), this.config.drainMs).unref();
      case 'exit':
        clearInterval(this.readings);
        return this.finish();
    }
  }

  private connect(): void {
    if (this.state.lifecycle === 'ended' || this.state.lifecycle === 'leaving') return;
    this.socket = new AgentSocket(this.config, {
      opened: () => this.take({ type: 'opened' }),
      heard: (message) => {
        if (message.type === 'welcome') this.arrived();
        if (message.type === 'refused') this.logger.error(`refused: ${message.code}: ${message.message}`);
        this.take({ type: 'message', message });
      },
      lost: (reason) => {
        rmSync(this.sign, { force: true });
        if (this.state.lifecycle !== 'ended')
          this.logger.warn(`not connected to ${this.config.controllerUrl}: ${reason}`);
        this.take({ type: 'lost', random: Math.random() });
      },
    });
  }

  /** The file is there while the line is: what a container's health check looks at. */
  private arrived(): void {
    this.logger.log(`connected to ${this.config.controllerUrl}`);
    try {
      writeFileSync(this.sign, '');
    } catch (error) {
      this.logger.warn(`${this.sign}: ${(error as Error).message}`);
    }
  }

  private get sign(): string {
    return join(this.config.dataDir, 'connected');
  }

  private async runTrial(assignment: Assignment): Promise<void> {
    const key = keyOf(assignment);
    const running: Running = { abort: new AbortController(), reason: null };
    this.running.set(nameOf(key), running);
    const progress = throttleProgress((one) => this.take({ type: 'trial-progress', key, progress: one }));
    this.logger.log(
      `trial ${key.trialId} (attempt ${key.attempt}): ${assignment.spec.model.name} on ${assignment.slotId}`,
    );
    try {
      const record = await this.runner.run(assignment, (one) => progress.push(one), running.abort.signal);
      if (running.reason !== null) return this.stopped(key);
      await this.spool.add({ ...key, agentId: this.state.identity.agentId, record });
      this.take({ type: 'trial-spooled', key });
    } catch (error) {
      if (running.reason !== null) return this.stopped(key);
      this.fail(key, error);
    } finally {
      progress.stop();
      this.running.delete(nameOf(key));
    }
  }

  private stopped(key: TrialKey): void {
    this.take({ type: 'trial-stopped', key });
  }

  private fail(key: TrialKey, cause: unknown): void {
    const error = isOctetError(cause)
      ? { code: cause.code, message: cause.message }
      : { code: 'internal-error', message: (cause as Error).message };
    this.logger.error(`trial ${key.trialId}: ${error.code}: ${error.message}`);
    this.take({ type: 'trial-failed', key, error, retry: !isOctetError(cause) || passing.has(error.code) });
  }

  private stopTrial(key: TrialKey, reason: string): void {
    const running = this.running.get(nameOf(key));
    this.logger.log(`trial ${key.trialId} stops: ${reason}`);
    if (running === undefined) return this.stopped(key);
    running.reason = reason;
    running.abort.abort();
  }

  private async post(key: TrialKey): Promise<void> {
    try {
      const acknowledgement = await this.client.postResult(await this.spool.read(key));
      this.logger.log(`result of ${key.trialId} (attempt ${key.attempt}): ${acknowledgement.reason}`);
      this.take({ type: 'result-acknowledged', key, acknowledgement });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.gone(key);
      const { message } = error as Error;
      this.logger.warn(`result of ${key.trialId} is not delivered: ${message}`);
      const code = isOctetError(error) ? error.code : 'internal-error';
      const isOver = isFinal(error) && (await this.isSetAside(key));
      if (isOver) this.take({ type: 'post-rejected', key, error: { code, message } });
      else this.take({ type: 'post-failed', key, random: Math.random() });
    }
  }

  /** Settled by the controller while its POST was on its way out. */
  private gone(key: TrialKey): void {
    this.take({ type: 'message', message: { type: 'result.settled', ...key } });
  }

  /**
   * Sets a refused result aside, before the controller is told: what that then calls settled is deleted from the spool. False where
   * the disk does not let it: the result is offered again later, and nothing is lost meanwhile.
   */
  private async isSetAside(key: TrialKey): Promise<boolean> {
    try {
      const kept = await this.spool.setAside(key);
      this.logger.error(`the controller will not take the result of ${key.trialId}: kept as ${kept}`);
      return true;
    } catch (error) {
      this.logger.error(`the refused result of ${key.trialId} can't be set aside: ${(error as Error).message}`);
      return false;
    }
  }

  private inBackground(work: Promise<void>): void {
    work.catch((error: Error) => this.logger.warn(error.message));
  }
}

function nameOf({ trialId, attempt }: TrialKey): string {
  return `${trialId}.${attempt}`;
}
