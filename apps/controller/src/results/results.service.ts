import { Injectable } from '@nestjs/common';
import {
  defaultNoiseFloor,
  judge,
  OctetError,
  type Refusal,
  type TrialRecord,
  type TrialSpec,
  type Variant,
} from '@octet/domain';
import type { ResultAcknowledgement, ResultEnvelope } from '@octet/protocol';
import { DataSource, type EntityManager } from 'typeorm';
import { refuseRevoked } from '../auth/revoked-agents.js';
import { isUuid } from '../database/columns.js';
import { EventBus } from '../live/event-bus.js';
import { refusedBesideTrial } from '../matrices/refused-beside.js';
import { noteControl } from '../noise/note-control.js';
import { insertVerdicts, replaceTrialVerdicts } from '../verdicts/write-verdicts.js';
import { acknowledge, type TrialStanding } from './acknowledge.js';
import { writeResult } from './write-result.js';

interface LockedTrial extends TrialStanding {
  matrixId: string;
  deviceClass: string;
  spec: TrialSpec;
  noiseFloor: number;
  /** Variants of the trial's cell that were asked for and refused before it was made: told beside its verdict. */
  refused: { variant: Variant; refusal: Refusal }[];
}

/** Takes results: record, samples, telemetry, A/A control, verdicts and the trial's end in one transaction, once for each trial. */
@Injectable()
export class ResultsService {
  constructor(
    private readonly database: DataSource,
    private readonly bus: EventBus,
  ) {}

  /** @throws OctetError `agent-revoked`; `result-mismatch` for a record of another cell: such an agent would spoil a verdict. */
  async accept(envelope: ResultEnvelope): Promise<ResultAcknowledgement> {
    const { acknowledgement, matrixId } = await this.database.transaction((manager) => this.store(manager, envelope));
    if (acknowledgement.accepted && matrixId !== null) this.announce(envelope, matrixId);
    return acknowledgement;
  }

  private async store(
    manager: EntityManager,
    envelope: ResultEnvelope,
  ): Promise<{ acknowledgement: ResultAcknowledgement; matrixId: string | null }> {
    await refuseRevoked(manager, envelope.agentId);
    const trial = await lockTrial(manager, envelope.trialId);
    const acknowledgement = acknowledge(trial, envelope);
    if (trial === null || !acknowledgement.accepted) return { acknowledgement, matrixId: null };
    checkCell(trial.spec, envelope.record);
    await writeResult(manager, envelope);
    await writeRows(manager, trial, envelope);
    await endTrial(manager, envelope);
    return { acknowledgement, matrixId: trial.matrixId };
  }

  private announce({ trialId, attempt, agentId }: ResultEnvelope, matrixId: string): void {
    this.bus.publish({ type: 'trial.settled', trialId, reason: 'accepted' });
    this.bus.publish({ type: 'trial.state', trialId, matrixId, attempt, state: 'done', agentId });
  }
}

/** The row stays locked to the end of the transaction: two controllers can't accept two results. */
async function lockTrial(manager: EntityManager, trialId: string): Promise<LockedTrial | null> {
  if (!isUuid(trialId)) return null;
  const [trial] = await manager.query<LockedTrial[]>(
    `select state, attempt, agent_id as "agentId", matrix_id as "matrixId", device_class as "deviceClass", spec,
            coalesce((select noise_floor from device_classes where device_classes.device_class = trials.device_class), $2)
              as "noiseFloor",
            coalesce((select jsonb_agg(jsonb_build_object('variant', cell->'variant', 'refusal', cell->'refusal'))
                      from matrices, jsonb_array_elements(refused) cell
                      where matrices.id = matrix_id and ${refusedBesideTrial}), '[]')
              as refused
     from trials where id = $1 for update`,
    [trialId, defaultNoiseFloor],
  );
  return trial ?? null;
}

/** Rows of a trial that had been given up meanwhile are replaced. */
async function writeRows(manager: EntityManager, trial: LockedTrial, envelope: ResultEnvelope): Promise<void> {
  const { refused, matrixId, deviceClass } = trial;
  const { trialId } = envelope;
  const noiseFloor = (await noteControl(manager, { trialId, deviceClass }, envelope.record)) ?? trial.noiseFloor;
  const source = { matrixId, trialId, noiseFloor };
  const rows = judge(envelope.record, { noiseFloor, refused });
  if (trial.state === 'failed') await replaceTrialVerdicts(manager, source, rows);
  else
    await insertVerdicts(
      manager,
      rows.map((row) => ({ source, row })),
    );
}

async function endTrial(manager: EntityManager, { trialId, record }: ResultEnvelope): Promise<void> {
  await manager.query(
    `with ended as (
       update trials set state = 'done', ended_at = now(), lease_at = null, error = null where id = $1
       returning id, attempt, agent_id
     )
     insert into trial_events (trial_id, state, attempt, agent_id, reason, message)
     select id, 'done', attempt, agent_id, 'accepted', $2 from ended`,
    [trialId, record.stop],
  );
}

function checkCell(spec: TrialSpec, record: TrialRecord): void {
  const same =
    spec.model.sha256 === record.spec.model.sha256 &&
    spec.deviceClass === record.spec.deviceClass &&
    spec.runtime === record.spec.runtime &&
    spec.batch === record.spec.batch &&
    (spec.serve === undefined) === (record.serving === undefined);
  if (same) return;
  throw new OctetError(
    'result-mismatch',
    'The record is of another model, device class, runtime, batch or kind (serving or not) than this trial.',
  );
}
