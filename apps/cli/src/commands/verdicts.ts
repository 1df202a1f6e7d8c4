import type { Command } from 'commander';
import type { ResultRow } from '@octet/domain';
import { routes, type VerdictsDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { exitCodes, printJson, printText } from '../output.js';
import { verdictTable } from '../verdict-table.js';

interface Options {
  model?: string;
  class?: string;
  runtime?: string;
  verdict?: string;
  batch?: string;
  json?: boolean;
}

export function registerVerdicts(program: Command): void {
  program
    .command('verdicts')
    .description('is INT8 worth it: one row for each trial and recipe')
    .argument('[matrix]', 'id or name of a matrix; all results without it')
    .option('--model <name>', 'only this model (name or SHA-256)')
    .option('--class <class>', 'only this device class')
    .option('--runtime <name>', 'only this runtime')
    .option('--verdict <verdict>', 'only this verdict')
    .option('--batch <n>', 'only this batch size')
    .option('--json', 'one JSON document on stdout')
    .action(async (matrix: string | undefined, options: Options) => {
      const { json, ...filters } = options;
      const rows = await fetchVerdicts(new ControllerClient(), {
        ...filters,
        ...(matrix === undefined ? {} : { matrix }),
      });
      if (json) printJson({ results: rows });
      else printText(verdictTable(rows));
      process.exitCode = exitCodeOf(rows);
    });
}

export async function fetchVerdicts(client: ControllerClient, filters: Record<string, string>): Promise<ResultRow[]> {
  const query = new URLSearchParams(filters).toString();
  const document = await client.get<VerdictsDocument>(`${routes.verdicts}${query === '' ? '' : `?${query}`}`);
  return document.results;
}

/** 3 where a trial has no answer (`not-measured`, `unstable`); every other verdict is one. */
export function exitCodeOf(rows: readonly ResultRow[]): number {
  return rows.some((row) => row.verdict === 'not-measured' || row.verdict === 'unstable')
    ? exitCodes.incomplete
    : exitCodes.done;
}
