import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { TrustPlan, TrustRun } from './trust-runs.js';

/** One comparison as it stands in a JSON-lines file: enough to continue the bench and to join several of them. */
export interface TrustLine extends TrustRun {
  /** Place in the order of its plan; with seed and plan it names the comparison. */
  index: number;
  seed: number;
  plan: Pick<TrustPlan, 'controls' | 'planted' | 'fixed' | 'maxSeconds'>;
  deviceClass: string;
  runtimeVersion: string;
  /** When it ended, ISO 8601. */
  at: string;
}

/** Comparisons of one or more files, each counted once. A last line cut off by a kill is left out and told. */
export function readTrustLines(paths: readonly string[], tell: (line: string) => void): TrustLine[] {
  const lines = new Map<string, TrustLine>();
  for (const path of paths) for (const line of linesOf(path, tell)) lines.set(lineKey(line), line);
  return [...lines.values()];
}

function linesOf(path: string, tell: (line: string) => void): TrustLine[] {
  const texts = readFileSync(path, 'utf8').split('\n');
  return texts.flatMap((text, i) => {
    if (text.trim() === '') return [];
    try {
      return [parseLine(text)];
    } catch (error) {
      tell(`${path}, line ${i + 1} does not count: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

function parseLine(text: string): TrustLine {
  const line = JSON.parse(text) as Partial<TrustLine>;
  if (line.index === undefined || line.seed === undefined || line.plan === undefined || line.result === undefined) {
    throw new Error('no index, seed, plan or result: not a line of this bench');
  }
  return line as TrustLine;
}

export function lineKey({ seed, plan, index }: Pick<TrustLine, 'seed' | 'plan' | 'index'>): string {
  return [seed, plan.controls, plan.planted, plan.fixed, plan.maxSeconds, index].join(':');
}

/** Appends a line; what a kill left unfinished before it is ended first. */
export function appendTrustLine(path: string, line: TrustLine): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  appendFileSync(path, `${before === '' || before.endsWith('\n') ? '' : '\n'}${JSON.stringify(line)}\n`);
}
