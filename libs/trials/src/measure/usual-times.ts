import { median, roundTimeNs, type RoundRecord } from '@octet/domain';

/** Runs this much slower than usual were disturbed; two processes of one engine differ by less. */
const disturbedShare = 0.02;

/** What the rounds so far say an engine takes, to tell a disturbed round while it is being measured. */
export class UsualTimes {
  private readonly timesNs = new Map<string, number[]>();

  add(round: RoundRecord): void {
    for (const label of round.order) {
      const timeNs = roundTimeNs(round, label);
      if (timeNs === null) continue;
      const known = this.timesNs.get(label) ?? [];
      this.timesNs.set(label, [...known, timeNs]);
    }
  }

  /** True if the fastest runs of a round so far took longer than usual. False where no round tells yet. */
  isDisturbed(label: string, fastestNs: number): boolean {
    const known = this.timesNs.get(label);
    return known !== undefined && fastestNs > (1 + disturbedShare) * median(known);
  }
}
