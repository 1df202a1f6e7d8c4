import { routes, type LiveEvent, type TrialProgress, type TrialSummary } from '@octet/protocol';
import { useCallback, useMemo, useState } from 'react';
import { useLiveEvents } from '../../data/live.js';
import { useDocument } from '../../data/use-document.js';
import { progressOf } from '../../parts/running-trials.js';

export interface RunningTrial {
  model: string;
  batch: number;
  progress: TrialProgress | null;
}

const moved = (event: LiveEvent) => event.type === 'trial.state';

/** Trials that agents work on, by id, with their newest progress. */
export function useRunningTrials(): ReadonlyMap<string, RunningTrial> {
  const loaded = useDocument<{ trials: TrialSummary[] }>(`${routes.trials}?state=assigned&limit=1000`, moved);
  const [live, setLive] = useState<ReadonlyMap<string, TrialProgress>>(new Map());
  const listener = useCallback((event: LiveEvent) => {
    if (event.type === 'trial.progress') setLive((current) => new Map(current).set(event.trialId, event.progress));
  }, []);
  useLiveEvents(listener);
  return useMemo(
    () =>
      new Map(
        (loaded.document?.trials ?? []).map(({ id, model, batch, progress }) => [
          id,
          { model: model.name, batch, progress: live.get(id) ?? progressOf(progress) },
        ]),
      ),
    [loaded.document, live],
  );
}
