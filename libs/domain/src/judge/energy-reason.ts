import type { Reason } from '../result-row.js';
import { median } from '../statistics/index.js';
import type { TrialRecord } from '../trial.js';

/**
 * Energy of one execution of the batch, from the power of each engine under lasting load times its time in the same mode, mJ.
 * Nothing where no soak was measured or the device does not tell its power.
 */
export function energyReasons(record: TrialRecord, label: string): Reason[] {
  const soak = (record.modes ?? []).find(({ id, recipe }) => id === 'soak' && recipe === label);
  if (soak === undefined) return [];
  const energyOf = (engine: string): number | null => {
    const watts = soak.load?.[engine]?.powerW ?? null;
    const times = soak.roundMediansNs[engine] ?? [];
    return watts === null || times.length === 0 ? null : (watts * median(times)) / 1e6;
  };
  const [floatMillijoules, int8Millijoules] = [energyOf(soak.float), energyOf(label)];
  if (floatMillijoules === null || int8Millijoules === null || int8Millijoules <= 0) return [];
  const ratio = floatMillijoules / int8Millijoules;
  return [
    {
      id: 'energy-per-inference',
      severity: 'info',
      evidence: { against: soak.float, floatMillijoules, int8Millijoules, ratio, load: soak.load ?? null },
      advice: `One execution takes ${int8Millijoules.toPrecision(3)} mJ in INT8 and ${floatMillijoules.toPrecision(3)} mJ in ${soak.float} (power of the whole device under lasting load): ${ratio >= 1 ? `${ratio.toFixed(2)} times less` : `${(1 / ratio).toFixed(2)} times more`}.`,
    },
  ];
}
