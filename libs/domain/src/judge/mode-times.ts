import type { ModeTimes } from '../diagnosis/index.js';
import { median } from '../statistics/index.js';
import type { TrialRecord } from '../trial.js';

/** What the launch-bound and transfer-bound diagnoses need, from the modes that a GPU's record holds; null without any. */
export function modeTimes(record: TrialRecord, label: string, withGraphNs: number): ModeTimes | null {
  if (record.device.kind === 'cpu') return null;
  const modes = (record.modes ?? []).filter((mode) => mode.recipe === label);
  if (modes.length === 0) return null;
  const withoutGraph = modes.find(({ id }) => id === 'no-graph')?.roundMediansNs[label] ?? [];
  const parts = modes.find(({ id }) => id === 'transfers')?.transferParts?.[label];
  return {
    withGraphNs: Math.round(withGraphNs),
    withoutGraphNs: withoutGraph.length === 0 ? null : Math.round(median(withoutGraph)),
    hostToDeviceNs: parts?.hostToDeviceNs ?? null,
    deviceToHostNs: parts?.deviceToHostNs ?? null,
    computeNs: parts?.computeNs ?? null,
  };
}
