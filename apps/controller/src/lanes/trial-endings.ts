import { rowsForUnmeasured, type Device, type Refusal, type TrialSpec } from '@octet/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { EventBus } from '../live/event-bus.js';
import { insertVerdicts } from '../verdicts/write-verdicts.js';
import type { AttemptKey, Ticket } from './trial-store.js';

interface EndedTrial extends Ticket {
  matrixId: string;
  attempt: number;
  spec: TrialSpec;
}

const endedColumns = `id, matrix_id as "matrixId", attempt, spec, ticket, device_class as "deviceClass", runtime, priority`;

/** Ends of trials without a result: failed for good, or cancelled. State, history and `not-measured` rows in one transaction. */
export class TrialEndings {
  constructor(
    private readonly database: DataSource,
    private readonly bus: EventBus,
  ) {}

  /** Ends the attempt's trial as failed, if that attempt is still the current one. */
  async fail(key: AttemptKey, error: Refusal): Promise<void> {
    const ended = await this.database.transaction((manager) =>
      this.end(manager, 'failed', error, 'id = $3 and attempt = $4', [key.trialId, key.attempt]),
    );
    this.announce(ended, 'failed');
  }

  /** Cancels what is still open of a matrix. Answers the trials, so that their jobs and runs can be stopped. */
  async cancelMatrix(matrixId: string): Promise<Ticket[]> {
    const reason = { code: 'cancelled', message: 'The matrix was cancelled before this trial was measured.' };
    const ended = await this.database.transaction(async (manager) => {
      await manager.query(`update matrices set cancelled = true, waiting = '[]' where id = $1`, [matrixId]);
      return this.end(manager, 'cancelled', reason, 'matrix_id = $3', [matrixId]);
    });
    this.announce(ended, 'cancelled');
    return ended;
  }

  private async end(
    manager: EntityManager,
    state: 'failed' | 'cancelled',
    error: Refusal,
    where: string,
    parameters: unknown[],
  ): Promise<EndedTrial[]> {
    const [ended] = await manager.query<[EndedTrial[], number]>(
      `update trials set state = $1, error = $2, ended_at = now(), lease_at = null, progress = null
       where state in ('queued', 'assigned') and ${where} returning ${endedColumns}`,
      [state, JSON.stringify(error), ...parameters],
    );
    if (ended.length === 0) return ended;
    await manager.query(
      `insert into trial_events (trial_id, state, attempt, reason, message)
       select id, $2, trials.attempt, $3, $4 from trials where id = any($1)`,
      [ended.map((trial) => trial.id), state, error.code, error.message],
    );
    await this.writeRows(manager, ended, error);
    return ended;
  }

  private async writeRows(manager: EntityManager, ended: readonly EndedTrial[], error: Refusal): Promise<void> {
    const classes = await manager.query<{ deviceClass: string; device: Device }[]>(
      'select device_class as "deviceClass", device from device_classes where device_class = any($1)',
      [[...new Set(ended.map((trial) => trial.deviceClass))]],
    );
    const devices = new Map(classes.map((entry) => [entry.deviceClass, entry.device]));
    const entries = ended.flatMap((trial) =>
      rowsForUnmeasured({ spec: trial.spec, device: devices.get(trial.deviceClass) ?? null, runtime: null }, error).map(
        (row) => ({ source: { matrixId: trial.matrixId, trialId: trial.id }, row }),
      ),
    );
    await insertVerdicts(manager, entries);
  }

  private announce(ended: readonly EndedTrial[], state: 'failed' | 'cancelled'): void {
    for (const { id: trialId, matrixId, attempt } of ended) {
      this.bus.publish({ type: 'trial.settled', trialId, reason: state === 'cancelled' ? 'cancelled' : 'ended' });
      this.bus.publish({ type: 'trial.state', trialId, matrixId, attempt, state, agentId: null });
    }
  }
}
