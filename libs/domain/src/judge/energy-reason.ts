import type { Reason } from '../result-row.js';
import { median } from '../statistics/index.js';
import type { TrialRecord } from '../trial.js';

/** Energy of one execution of the batch, mJ, whole device. */
export interface EnergyPair {
  /** The float engine it was measured beside. */
  against: string;
  floatMillijoules: number;
  int8Millijoules: number;
}

/** The id of the reason that carries an EnergyPair as its evidence. */
const energyReasonId = 'energy-per-inference';

/** The energy that a row tells of, null where none was measured. */
export function energyOfReasons(reasons: readonly Reason[]): EnergyPair | null {
  const evidence = reasons.find(({ id }) => id === energyReasonId)?.evidence as Partial<EnergyPair> | undefined;
  const { against, floatMillijoules, int8Millijoules } = evidence ?? {};
  return against === undefined || floatMillijoules === undefined || int8Millijoules === undefined
    ? null
    : { against, floatMillijoules, int8Millijoules };
}

/** What INT8 and the fastest float engine take; nothing where the device does not tell. */
export function energyReasons(record: TrialRecord, label: string, float: string): Reason[] {
  const underLoad = energyUnderLoad(record, label);
  const energy = underLoad ?? energyCounted(record, label, float);
  if (energy === null) return [];
  const { against, floatMillijoules, int8Millijoules } = energy;
  const ratio = floatMillijoules / int8Millijoules;
  const how =
    underLoad === null ? 'energy counters of the whole CPU package' : 'power of the whole device under lasting load';
  return [
    {
      id: energyReasonId,
      severity: 'info',
      evidence: { ...energy, ratio, load: soakOf(record, label)?.load ?? null },
      advice: `One execution takes ${int8Millijoules.toPrecision(3)} mJ in INT8 and ${floatMillijoules.toPrecision(3)} mJ in ${against} (${how}): ${ratio >= 1 ? `${ratio.toFixed(2)} times less` : `${(1 / ratio).toFixed(2)} times more`}.`,
    },
  ];
}

function soakOf(record: TrialRecord, label: string) {
  return (record.modes ?? []).find(({ id, recipe }) => id === 'soak' && recipe === label);
}

/** The power of each engine under lasting load times its time in the same mode. Null where no soak was measured or no power told. */
function energyUnderLoad(record: TrialRecord, label: string): EnergyPair | null {
  const soak = soakOf(record, label);
  if (soak === undefined) return null;
  const energyOf = (engine: string): number | null => {
    const watts = soak.load?.[engine]?.powerW ?? null;
    const times = soak.roundMediansNs[engine] ?? [];
    return watts === null || times.length === 0 ? null : (watts * median(times)) / 1e6;
  };
  return pairOf(soak.float, energyOf(soak.float), energyOf(label));
}

/** What the counters of a CPU's packages rose by in each engine's runs. */
function energyCounted(record: TrialRecord, label: string, float: string): EnergyPair | null {
  const energyOf = (engine: string): number | null =>
    record.engines.find((each) => each.label === engine)?.energyMillijoules ?? null;
  return pairOf(float, energyOf(float), energyOf(label));
}

function pairOf(against: string, float: number | null, int8: number | null): EnergyPair | null {
  if (float === null || int8 === null || int8 <= 0) return null;
  return { against, floatMillijoules: float, int8Millijoules: int8 };
}
