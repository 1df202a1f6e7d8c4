import type { LaneDocument, LaneWait } from '@octet/protocol';

/** What Postgres holds of one lane. */
export interface LaneRow {
  deviceClass: string;
  deviceName: string;
  runtime: string;
  queued: number;
  assigned: number;
  /** Mean seconds of the last trials that ended here; null while none has. */
  meanSeconds: number | null;
  /** Mean of the open trials' plans: what to expect before anything was measured. */
  plannedSeconds: number | null;
  /** Of the class, over all its lanes. */
  connectedSlots: number;
  workingSlots: number;
  busySlots: number;
  next: LaneDocument['next'];
}

/** Lanes as they are shown. The lanes of one class share its slots, and so the time that their queues take. */
export function laneDocuments(rows: readonly LaneRow[]): LaneDocument[] {
  return rows.map((row) => {
    const { deviceClass, deviceName, runtime, queued, assigned, connectedSlots, workingSlots, next } = row;
    const [waitsFor, why] = waitOf(row);
    const ofClass = rows.filter((other) => other.deviceClass === deviceClass);
    const expectedSeconds = queued + assigned === 0 ? 0 : secondsOf(ofClass, workingSlots);
    const slots = { connectedSlots, workingSlots };
    return { deviceClass, deviceName, runtime, queued, assigned, ...slots, waitsFor, why, expectedSeconds, next };
  });
}

function waitOf({ queued, connectedSlots, workingSlots, busySlots }: LaneRow): [LaneWait, string] {
  if (queued === 0) return ['nothing', 'nothing is queued'];
  if (connectedSlots === 0) return ['device', 'no device of this class is connected: start its agent'];
  if (workingSlots === 0) return ['duty', 'every device of this class is draining or paused: resume an agent'];
  if (busySlots >= workingSlots) return ['free-slot', 'every device of this class is measuring'];
  return ['start', 'about to start, or to be tried again after a failure'];
}

/** Open trials x mean seconds (the plan's before anything is done) / slots; no more slots than trials count. */
function secondsOf(lanes: readonly LaneRow[], slots: number): number | null {
  if (slots === 0) return null;
  const open = lanes.reduce((sum, lane) => sum + lane.queued + lane.assigned, 0);
  const work = lanes.reduce(
    (sum, lane) => sum + (lane.queued + lane.assigned) * (lane.meanSeconds ?? lane.plannedSeconds ?? 0),
    0,
  );
  return Math.round(work / Math.min(slots, open));
}
