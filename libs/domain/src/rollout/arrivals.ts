import { seededRandom } from '../statistics/random.js';

/** Arrival times in ns from 0, ascending. */
export type Arrivals = Float64Array;

/** Poisson arrivals: independent exponential gaps of mean 1/rate. `ratePerS` > 0. */
export function poissonArrivals(ratePerS: number, count: number, seed: number): Arrivals {
  const random = seededRandom(seed);
  const meanNs = 1e9 / ratePerS;
  const times = new Float64Array(count);
  let now = 0;
  for (let index = 0; index < count; index++) {
    now += -Math.log(1 - random()) * meanNs;
    times[index] = now;
  }
  return times;
}

export interface Bursts {
  /** Rate in a burst over the rate outside it. */
  ratio: number;
  /** Share of the time spent in bursts, 0..1. */
  share: number;
  /** Mean length of a burst, seconds. */
  meanS: number;
}

/**
 * Bursty arrivals: a Markov-modulated Poisson process of two states (Fischer and Meier-Hellstern, "The MMPP cookbook", 1993)
 * whose long-run rate is `ratePerS`.
 */
export function burstyArrivals(ratePerS: number, bursts: Bursts, count: number, seed: number): Arrivals {
  const random = seededRandom(seed);
  const quiet = ratePerS / (1 - bursts.share + bursts.share * bursts.ratio);
  const stay = [bursts.meanS * ((1 - bursts.share) / bursts.share), bursts.meanS];
  const rates = [quiet, quiet * bursts.ratio];
  const exponential = (mean: number) => -Math.log(1 - random()) * mean;
  const times = new Float64Array(count);
  let state = random() < bursts.share ? 1 : 0;
  let now = 0;
  let until = exponential(stay[state]!);
  for (let index = 0; index < count;) {
    const next = now + exponential(1 / rates[state]!);
    if (next < until) {
      now = next;
      times[index++] = now * 1e9;
    } else {
      now = until;
      state = 1 - state;
      until = now + exponential(stay[state]!);
    }
  }
  return times;
}

/** A recorded trace stretched or squeezed to another rate; the pattern stays. `times` ascending, at least two of them. */
export function traceArrivals(times: Arrivals, ratePerS: number | null): Arrivals {
  const first = times[0] ?? 0;
  const factor = ratePerS === null ? 1 : traceRate(times) / ratePerS;
  return times.map((time) => (time - first) * factor);
}

/** Mean rate of a trace: gaps over its length, per second. */
export function traceRate(times: Arrivals): number {
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return span <= 0 ? 0 : ((times.length - 1) / span) * 1e9;
}
