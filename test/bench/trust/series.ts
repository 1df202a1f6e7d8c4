import { derivedSeed, normalSource, seededRandom, type RandomSource } from '@octet/domain';

/** A simulated series of round ratios and the number that its interval must hold. */
export interface SeriesKind {
  name: string;
  says: string;
  /** One mode, independent rounds: the interval must cover and nothing may be called unstable. */
  stationary: boolean;
  truth: number;
  draw: (normal: RandomSource, uniform: RandomSource, rounds: number) => number[];
}

const truth = 1.1;

/** Series of `rounds` ratios; `run` numbers the repetition, so that all procedures see the same series. */
export function drawSeries(kind: SeriesKind, seed: number, run: number, rounds: number): number[] {
  const own = derivedSeed(seed, run);
  return kind.draw(normalSource(seededRandom(own)), seededRandom(derivedSeed(own, 1)), rounds);
}

function independent(draw: (normal: RandomSource, uniform: RandomSource) => number): SeriesKind['draw'] {
  return (normal, uniform, rounds) => Array.from({ length: rounds }, () => truth * draw(normal, uniform));
}

/** Stationary series of one mode, all with a median of exactly 1.1; `noise` is their relative scale (0.01 = 1 %). */
export function stationarySeries(noise: number): SeriesKind[] {
  const kind = (name: string, says: string, draw: Parameters<typeof independent>[0]): SeriesKind => ({
    name,
    says,
    stationary: true,
    truth,
    draw: independent(draw),
  });
  return [
    kind('normal', 'normal noise', (normal) => 1 + noise * normal()),
    kind(
      'log-normal',
      'skewed: exp of normal noise, scaled to skewness near 1.75 and the same spread',
      (normal) => 1 + (noise * (Math.exp(0.5 * normal()) - 1)) / 0.5,
    ),
    kind('heavy-tail', "Student's t with 2 degrees of freedom: infinite variance", (normal) => {
      const [a, b, c] = [normal(), normal(), normal()];
      return 1 + (noise * a) / Math.sqrt((b * b + c * c) / 2);
    }),
    kind('disturbed', 'normal; a tenth of the rounds off by up to 10 % either way', (normal, uniform) => {
      const disturbed = uniform() < 0.1;
      const shift = 0.1 * (2 * uniform() - 1);
      return 1 + noise * normal() + (disturbed ? shift : 0);
    }),
  ];
}

/** Series whose rounds are not independent measurements of one number; noise of 1 %. */
export function unstableSeries(): SeriesKind[] {
  const noise = 0.01;
  return [
    {
      name: 'drift',
      says: 'a linear drift of 6 % over 60 rounds; truth: where it starts',
      stationary: false,
      truth,
      draw: (normal, _, rounds) =>
        Array.from({ length: rounds }, (_value, i) => truth * (1 + (0.06 * i) / 59 + noise * normal())),
    },
    {
      name: 'random-walk',
      says: 'a random walk of 0.3 % a round; truth: where it starts',
      stationary: false,
      truth,
      draw: (normal, _, rounds) => {
        let wandered = 0;
        return Array.from({ length: rounds }, () => {
          wandered += 0.003 * normal();
          return truth * (1 + wandered + noise * normal());
        });
      },
    },
    {
      name: 'autocorrelation',
      says: 'AR(1) of 0.6 with innovations of 1 %',
      stationary: false,
      truth,
      draw: (normal, _, rounds) => {
        let state = (noise * normal()) / 0.8;
        return Array.from({ length: rounds }, () => {
          state = 0.6 * state + noise * normal();
          return truth * (1 + state);
        });
      },
    },
  ];
}
