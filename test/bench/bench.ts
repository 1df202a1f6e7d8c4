/** One benchmark: prints what it measured, line by line, and says whether its aim was reached. */
export interface Bench {
  name: string;
  /** What must hold, in words. */
  aim: string;
  run(print: (line: string) => void): Promise<BenchOutcome>;
}

export type BenchOutcome = 'reached' | 'missed' | 'no-aim';
