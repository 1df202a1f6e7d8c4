import type { AgentMessage, ControllerMessage, Slot, SlotReadings, TrialProgress } from '../messages.js';
import type { ResultAcknowledgement } from '../results.js';

export interface TrialKey {
  trialId: string;
  attempt: number;
}

export type Assignment = Extract<ControllerMessage, { type: 'trial.assigned' }>;

/** Why a running trial is being stopped: the controller wants it no more, or the agent is leaving. */
export type StopReason = 'cancelled' | 'superseded' | 'leaving';

export interface RunningTrial extends TrialKey {
  slotId: string;
  stopping: StopReason | null;
}

/** An outcome that could not be sent yet, and the slot that its trial had; null when it had none here. */
export interface Unsent {
  message: Extract<AgentMessage, { type: 'trial.failed' | 'trial.handback' }>;
  slotId: string | null;
}

export interface SpooledResult extends TrialKey {
  /** A POST is under way or timed to start. */
  posting: boolean;
  /** POSTs in a row that failed. */
  failures: number;
}

/** `idle`: the next dial is timed; `opening`: dialling; `greeting`: hello is sent; `welcomed`: work flows. */
export type Connection = 'idle' | 'opening' | 'greeting' | 'welcomed';

/** `draining`: finishes what runs and takes nothing; `leaving`: hands everything back; `ended`: nothing follows. */
export type Lifecycle = 'working' | 'draining' | 'leaving' | 'ended';

export interface Identity {
  agentId: string;
  name: string;
  version: string;
  /** Of this process. */
  lifeId: string;
  slots: Slot[];
  facts: Record<string, string | number | boolean | null>;
}

export interface SessionState {
  identity: Identity;
  connection: Connection;
  lifecycle: Lifecycle;
  /** Connections in a row that ended before a welcome. */
  failures: number;
  running: RunningTrial[];
  /** Assigned to a slot whose superseded trial is still stopping. */
  next: Assignment[];
  spooled: SpooledResult[];
  /** Sent after the next welcome. */
  outbox: Unsent[];
}

/** What happened. `random` lies in [0, 1): the state machine has no random source of its own. */
export type SessionInput =
  | { type: 'started' }
  | { type: 'opened' }
  | { type: 'message'; message: ControllerMessage }
  | { type: 'lost'; random: number }
  | { type: 'trial-progress'; key: TrialKey; progress: TrialProgress }
  | { type: 'devices-read'; slots: SlotReadings }
  /** The record is safe on disk. */
  | { type: 'trial-spooled'; key: TrialKey }
  | { type: 'trial-failed'; key: TrialKey; error: { code: string; message: string }; retry: boolean }
  /** A trial that was told to stop has ended; nothing of it runs any more. */
  | { type: 'trial-stopped'; key: TrialKey }
  | { type: 'result-acknowledged'; key: TrialKey; acknowledgement: ResultAcknowledgement }
  /** No answer, or one that may be another next time. */
  | { type: 'post-failed'; key: TrialKey; random: number }
  /** The controller will never take this record (HTTP 4xx). */
  | { type: 'post-rejected'; key: TrialKey; error: { code: string; message: string } }
  /** SIGTERM or Ctrl-C; the second one hands everything back at once. */
  | { type: 'terminate' }
  /** The time that draining may take has passed. */
  | { type: 'drain-expired' };

/** What the driver does next, in this order. */
export type SessionEffect =
  | { type: 'connect'; delayMs: number }
  | { type: 'disconnect' }
  | { type: 'send'; message: AgentMessage }
  | { type: 'start-trial'; assignment: Assignment }
  | { type: 'stop-trial'; key: TrialKey; reason: StopReason }
  | { type: 'post-result'; key: TrialKey; delayMs: number }
  | { type: 'delete-spooled'; key: TrialKey }
  | { type: 'start-drain-timer' }
  | { type: 'exit' };

export type Step = [SessionState, SessionEffect[]];

export function sameKey(a: TrialKey, b: TrialKey): boolean {
  return a.trialId === b.trialId && a.attempt === b.attempt;
}

export function keyOf({ trialId, attempt }: TrialKey): TrialKey {
  return { trialId, attempt };
}

/** A session before `started`: what an earlier life left on disk is still to be delivered. */
export function initialSession(identity: Identity, spooled: readonly TrialKey[] = []): SessionState {
  return {
    identity,
    connection: 'idle',
    lifecycle: 'working',
    failures: 0,
    running: [],
    next: [],
    spooled: spooled.map((key) => ({ ...keyOf(key), posting: false, failures: 0 })),
    outbox: [],
  };
}
