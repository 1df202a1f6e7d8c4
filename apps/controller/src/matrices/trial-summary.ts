import type { TrialSummary } from '@octet/protocol';
import type { TrialEntity } from '../lanes/trial.entity.js';

/** A trial as lists show it. */
export function trialSummary(trial: TrialEntity): TrialSummary {
  const { id, matrixId, spec, deviceClass, runtime, state, attempt, agentId, slotId, progress, error } = trial;
  return {
    id,
    matrixId,
    model: { name: spec.model.name, sha256: spec.model.sha256 },
    batch: spec.batch,
    shapes: spec.shapes,
    deviceClass,
    runtime,
    state,
    attempt,
    agentId,
    slotId,
    progress: progress === null ? null : { ...progress },
    error,
    createdAt: trial.createdAt.toISOString(),
    assignedAt: trial.assignedAt?.toISOString() ?? null,
    endedAt: trial.endedAt?.toISOString() ?? null,
  };
}
