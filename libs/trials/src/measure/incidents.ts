import type { EnvironmentWarning, TrialRecord } from '@octet/domain';
import type { Incident, LoadedEngine } from '@octet/engines';
import type { TrialEngine } from './open-engine.js';

/** Launches that crashed or hung, by engine; runtimes that keep one process for each engine have none to tell. */
interface EngineIncidents {
  label: string;
  incidents: readonly Incident[];
}

function incidentsOf(engines: readonly TrialEngine[]): EngineIncidents[] {
  return engines.flatMap(({ plan, loaded }) => {
    const incidents = tells(loaded) ? loaded.incidents : [];
    return incidents.length === 0 ? [] : [{ label: plan.label, incidents }];
  });
}

function tells(loaded: LoadedEngine | null): loaded is LoadedEngine & { incidents: readonly Incident[] } {
  return loaded !== null && 'incidents' in loaded && Array.isArray(loaded.incidents);
}

/** How many launches were tried again, and why, for the record's environment. Nothing where all went well. */
export function incidentFacts(engines: readonly TrialEngine[]): TrialRecord['environment'] {
  const found = incidentsOf(engines);
  if (found.length === 0) return { facts: {}, warnings: [] };
  const count = found.reduce((sum, { incidents }) => sum + incidents.length, 0);
  const facts = Object.fromEntries(
    found.map(({ label, incidents }) => [`incidents.${label}`, incidents.map(({ code }) => code).join(', ')]),
  );
  const first = found[0]?.incidents[0]?.message ?? '';
  const warning: EnvironmentWarning = {
    id: 'launch-incidents',
    message: `${count} launch${count === 1 ? '' : 'es'} of the runtime crashed or hung and went well when tried again: ${first}`,
    advice: 'The times stand. If it happens often, look at the driver, the power supply and the runtime version.',
  };
  return { facts: { incidents: count, ...facts }, warnings: [warning] };
}
