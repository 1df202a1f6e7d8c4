import { Option, type Command } from 'commander';
import { OctetError } from '@octet/domain';
import { routes, type StoredRow, type TrialDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { note } from '../output.js';
import { recordFormats, recordsCsv, recordsJson, recordsParquet, type RecordFormat } from '../record-formats.js';
import { recordColumns, recordRow, type RecordRow } from '../record-row.js';
import { writeOutput } from '../write-output.js';

/** Trials read at once: enough to hide a round trip, few enough to leave the controller to its agents. */
const readers = 4;

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('the record: one row for each trial and recipe, with times, verdict, versions and hashes')
    .argument('[matrix]', 'id or name of a matrix; all results without it')
    .addOption(new Option('--format <format>', 'how to write it').choices(recordFormats).default('json'))
    .option('-o, --output <file>', 'write to this file, not to stdout')
    .action(async (matrix: string | undefined, options: { format: RecordFormat; output?: string }) => {
      refuseTerminal(options);
      const rows = await readRecords(new ControllerClient(), matrix);
      const content = await encode(options.format, rows);
      if (options.output === undefined) process.stdout.write(content);
      else writeOutput('--output', options.output, content);
      note(`${rows.length} rows${options.output === undefined ? '' : ` in ${options.output}`}`);
    });
}

function refuseTerminal({ format, output }: { format: RecordFormat; output?: string }): void {
  if (format !== 'parquet' || output !== undefined || !process.stdout.isTTY) return;
  throw new OctetError('option-invalid', 'Parquet is binary: name a file with -o FILE, or send it through a pipe.');
}

/** Every verdict of a matrix (or of all) as a flat row, with what its trial's record says. */
export async function readRecords(client: ControllerClient, matrix: string | undefined): Promise<RecordRow[]> {
  const query = matrix === undefined ? '' : `?${new URLSearchParams({ matrix }).toString()}`;
  const { results } = await client.get<{ results: StoredRow[] }>(`${routes.verdicts}${query}`);
  const trials = await readTrials(client, results);
  return results.map((row) =>
    recordRow({ row, trial: row.trialId === null ? null : (trials.get(row.trialId) ?? null) }),
  );
}

async function readTrials(client: ControllerClient, rows: readonly StoredRow[]): Promise<Map<string, TrialDocument>> {
  const ids = [...new Set(rows.flatMap(({ trialId }) => (trialId === null ? [] : [trialId])))];
  const trials = new Map<string, TrialDocument>();
  const queue = ids.values();
  const read = async (): Promise<void> => {
    for (const id of queue) trials.set(id, await client.get<TrialDocument>(routes.trial(id)));
  };
  await Promise.all(Array.from({ length: readers }, read));
  return trials;
}

function encode(format: RecordFormat, rows: readonly RecordRow[]): string | Promise<Uint8Array> {
  if (format === 'json') return recordsJson(rows);
  return format === 'csv' ? recordsCsv(recordColumns, rows) : recordsParquet(recordColumns, rows);
}
