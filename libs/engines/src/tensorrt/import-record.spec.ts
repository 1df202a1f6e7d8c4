import { join } from 'node:path';
import { judge } from '@octet/domain';
import { trialRecordSchema } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { readVariantFolders } from './exports-folder.js';
import { importedRecord } from './import-record.js';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/trtexec');
const imported = async (path: string) =>
  importedRecord({
    name: 'somebody/model',
    variants: await readVariantFolders(join(fixtures, path)),
    importedAt: '2026-11-23T00:00:00.000Z',
  });

describe('importing exports', () => {
  it('makes a record that the controller takes and the domain judges', async () => {
    const record = await imported('trt-engine-explorer/a100-resnet18_b32');
    expect(trialRecordSchema.safeParse(JSON.parse(JSON.stringify(record))).error).toBeUndefined();
    expect(record.spec).toMatchObject({
      batch: 32,
      shapes: { 'input.1': [32, 3, 224, 224] },
      deviceClass: 'sm_80/nvidia-a100-80gb-pcie/79g/power-unknown',
      floats: ['fp16'],
    });
    expect(record.environment.facts).toMatchObject({ imported: true });
    const rows = judge(record, { noiseFloor: 0.01 });
    expect(
      rows.map((row) => [row.recipe?.['model'], row.times?.tFloatNs, row.times?.int8EndToEndNs, row.rounds]),
    ).toEqual([
      ['int8-qdq', 858_109, 882_683, 1],
      ['int8-qdq-residual', 858_109, 545_792, 1],
    ]);
    // One run of each engine decides nothing: the verdict says so, the diagnosis stands all the same.
    expect(rows.map((row) => row.verdict)).toEqual(['undecided', 'undecided']);
    const ids = rows[0]?.reasons.map((reason) => reason.id);
    expect(ids).toContain('conversions-dominate');
    // These exports do not tell the version: the A100 alone says that FP16, which is there, is the float to beat.
    expect(record.runtime.version).toBe('unknown');
    expect(ids).not.toContain('best-float-not-measured');
    const fewRounds = rows[0]?.reasons.find((reason) => reason.id === 'too-few-rounds');
    expect(fewRounds?.advice).toContain('measuring the model on the device itself');
    expect(fewRounds?.advice).not.toContain('maxSeconds');
  });

  it('keeps a build that did not end beside the others, and is the same model each time', async () => {
    const record = await imported('8.5.3/resnet50_b1');
    expect(record.engines.map(({ label, status, refusal }) => [label, status, refusal?.code ?? null])).toEqual([
      ['fp16', 'measured', null],
      ['int8/own/int8-implicit', 'measured', null],
      ['int8/own/int8-qdq', 'not-measured', 'build-incomplete'],
    ]);
    expect((await imported('8.5.3/resnet50_b1')).spec.model).toEqual(record.spec.model);
    expect(record.runtime.version).toBe('8.5.3');
  });

  it('refuses a folder without any engine', () => {
    const empty = { name: 'x', variants: new Map(), importedAt: '2026-11-23T00:00:00.000Z' };
    expect(() => importedRecord(empty)).toThrow(expect.objectContaining({ code: 'exports-missing' }) as Error);
  });
});
