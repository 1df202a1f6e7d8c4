import type { Procedure } from './procedures.js';
import { known, procedures, simulateStationary, simulateUnstable, widthsAtFixedRounds } from './simulate.js';

const percent = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;

/** Runs the whole simulation and prints Markdown tables; docs/statistics.md holds what it printed. */
export function printSimulation(runs: number, seed: number, print: (line: string) => void): void {
  print(`Simulation: ${runs} runs a series, seed ${seed}.\n`);
  const { octet, [known]: rivalKnown } = procedures;
  const two = { octet, [known]: rivalKnown } as Record<string, Procedure>;
  for (const [noise, lastRound, boundary, chosen, title] of [
    [0.01, 60, null, procedures, 'noise 1 %, stop by width (half-width 1 %), at most 60 rounds'],
    [0.03, 200, null, two, 'noise 3 %, stop by width, at most 200 rounds'],
    [
      0.01,
      200,
      1.1,
      two,
      'noise 1 %, the boundary of the verdict exactly at the truth, so only a wrong interval decides',
    ],
  ] as const) {
    print(`### Stationary: ${title}\n`);
    print('| series | procedure | coverage | median width | median rounds | mean rounds | called unstable |');
    print('|---|---|---|---|---|---|---|');
    for (const row of simulateStationary(runs, seed, noise, { halfWidth: 0.01, lastRound, boundary }, chosen)) {
      print(
        `| ${row.series} | ${row.procedure} | ${percent(row.coverage)} | ${percent(row.width, 2)} | ${row.rounds} | ${row.meanRounds.toFixed(1)} | ${percent(row.calledUnstable)} |`,
      );
    }
    print('');
  }
  printWidths(runs, seed, print);
  printUnstable(runs, seed, print);
}

function printWidths(runs: number, seed: number, print: (line: string) => void): void {
  print('### Width of one look at a fixed number of rounds, noise 1 %\n');
  print('| rounds | series | interval | coverage of one look | median width |');
  print('|---|---|---|---|---|');
  for (const rounds of [15, 25, 60]) {
    for (const row of widthsAtFixedRounds(runs, seed, 0.01, rounds)) {
      print(`| ${rounds} | ${row.series} | ${row.procedure} | ${percent(row.coverage)} | ${percent(row.width, 2)} |`);
    }
  }
  print('');
}

function printUnstable(runs: number, seed: number, print: (line: string) => void): void {
  print(`### Unstable series ("known": ${known}, Mann-Kendall and von Neumann at 2.5 % each)\n`);
  print(
    "| series | known interval misses | of these caught by known | caught by Octet | caught or right by Octet | caught of Octet's own misses | believed and wrong: known | Octet | interval as shown wrong: known | Octet | mean rounds: known | Octet |",
  );
  print('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of simulateUnstable(runs, seed, { halfWidth: 0.01, lastRound: 60, boundary: null })) {
    print(
      `| ${row.series} | ${percent(row.knownMisses)} | ${percent(row.caughtByKnown)} | ${percent(row.caughtByOctet)} | ${percent(row.savedByOctet)} | ${percent(row.ownCaught)} | ${percent(row.believedWrongKnown)} | ${percent(row.believedWrongOctet)} | ${percent(row.knownMisses)} | ${percent(row.shownWrongOctet)} | ${row.meanRoundsKnown.toFixed(1)} | ${row.meanRoundsOctet.toFixed(1)} |`,
    );
  }
}
