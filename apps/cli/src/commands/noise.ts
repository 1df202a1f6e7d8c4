import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  controlTrialOf,
  deviceClassOf,
  falseVerdictRate,
  noiseFloor,
  noiseHistory,
  OctetError,
  type ControlTrial,
  type TrialRecord,
} from '@octet/domain';
import { routes, trialRecordSchema, type ClassNoise, type NoiseDocument } from '@octet/protocol';
import { z } from 'zod';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

export function registerNoise(program: Command): void {
  program
    .command('noise')
    .description('noise floor of each device class: what two equal engines differ by (A/A controls)')
    .option('--records <files...>', 'read controls from records of `octet bench --record`, not from the controller')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { records?: string[]; json?: boolean }) => {
      const classes =
        options.records === undefined ? await noiseOfFleet() : noiseOf(options.records.flatMap(readRecords));
      if (options.json) printJson({ noise: classes });
      else printText(noiseTable(classes));
    });
}

async function noiseOfFleet(): Promise<ClassNoise[]> {
  return (await new ControllerClient().get<NoiseDocument>(routes.noise)).noise;
}

/** Floor, false verdicts and history of each device class with controls among these records, oldest first. */
export function noiseOf(records: readonly TrialRecord[]): ClassNoise[] {
  const byClass = new Map<string, ControlTrial[]>();
  const ordered = records.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (const record of ordered) {
    const control = controlTrialOf(record);
    const deviceClass = deviceClassOf(record.device);
    if (control !== null) byClass.set(deviceClass, [...(byClass.get(deviceClass) ?? []), control]);
  }
  return [...byClass].map(([deviceClass, controls]) => ({
    deviceClass,
    ...noiseFloor(controls),
    falseVerdicts: falseVerdictRate(controls),
    days: noiseHistory(controls),
  }));
}

const recordsSchema = z.object({ schemaVersion: z.literal(1), records: z.array(trialRecordSchema) });

function readRecords(path: string): TrialRecord[] {
  const parsed = recordsSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data.records;
  const why = parsed.error.issues[0]?.message ?? 'unknown shape';
  throw new OctetError('records-invalid', `${path} is not a record of \`octet bench --record FILE\`: ${why}.`);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function noiseTable(classes: readonly ClassNoise[]): string {
  if (classes.length === 0) return 'No A/A control yet: one trial in ten has one.';
  const rows = classes.map(({ deviceClass, floor, source, trials, falseVerdicts }) => [
    deviceClass,
    percent(floor),
    source,
    String(trials),
    falseVerdicts === null
      ? '-'
      : `${falseVerdicts.count} of ${falseVerdicts.total} (95 %: ${percent(falseVerdicts.low)} to ${percent(falseVerdicts.high)})`,
  ]);
  return textTable(['device class', 'noise floor', 'source', 'controls', 'false verdicts'], rows);
}
