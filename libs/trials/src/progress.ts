import type { TrialProgress } from '@octet/protocol';

type Phase = TrialProgress['phase'];

/** Tells how a trial goes on; counts what came from caches. One for each trial. */
export class ProgressTeller {
  private readonly cache = { hits: 0, builds: 0, calibrations: 0 };
  private rounds = 0;
  private interval: TrialProgress['interval'] = null;

  constructor(private readonly onProgress: (progress: TrialProgress) => void) {}

  tell(phase: Phase, message: string, secondsLeft: number | null = null): void {
    const { rounds, interval } = this;
    this.onProgress({ phase, message, rounds, interval, secondsLeft, cache: { ...this.cache } });
  }

  /** Something was taken from a cache, built or calibrated. */
  count(what: keyof TrialProgress['cache']): void {
    this.cache[what] += 1;
  }

  tellRound(rounds: number, interval: TrialProgress['interval'], secondsLeft: number): void {
    this.rounds = rounds;
    this.interval = interval;
    this.tell('rounds', `round ${rounds}`, secondsLeft);
  }

  get counts(): Readonly<TrialProgress['cache']> {
    return this.cache;
  }
}
