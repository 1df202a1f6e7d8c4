import { controlTrialOf, noiseFloor, recentControls, type ControlTrial, type TrialRecord } from '@octet/domain';
import type { EntityManager } from 'typeorm';

/**
 * Stores the A/A control of a result, if it holds one, and moves the noise floor of its device class. Answers the class's new
 * floor, null for a result without a control (the floor stands). The class's row stays locked to the end of the transaction:
 * of two controls at once the later floor has seen both.
 */
export async function noteControl(
  manager: EntityManager,
  trial: { trialId: string; deviceClass: string },
  record: TrialRecord,
): Promise<number | null> {
  const control = controlTrialOf(record);
  if (control === null) return null;
  await manager.query('select 1 from device_classes where device_class = $1 for update', [trial.deviceClass]);
  await insertControl(manager, trial, control);
  const { floor } = noiseFloor(await recentStable(manager, trial.deviceClass));
  await manager.query('update device_classes set noise_floor = $2 where device_class = $1', [trial.deviceClass, floor]);
  return floor;
}

async function insertControl(
  manager: EntityManager,
  { trialId, deviceClass }: { trialId: string; deviceClass: string },
  { day, median, low, high, unstable }: ControlTrial,
): Promise<void> {
  await manager.query(
    `insert into control_trials (trial_id, device_class, day, median, low, high, unstable)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [trialId, deviceClass, day, median, low, high, unstable],
  );
}

/** Those that the floor looks at, oldest first. */
async function recentStable(manager: EntityManager, deviceClass: string): Promise<ControlTrial[]> {
  const newestFirst = await manager.query<ControlTrial[]>(
    `select day, median, low, high, unstable from control_trials where device_class = $1 and not unstable
     order by day desc, accepted_at desc limit $2`,
    [deviceClass, recentControls],
  );
  return newestFirst.reverse();
}
