import { join, resolve } from 'node:path';
import type { TrialRecord } from '@octet/domain';
import { importedRecord, readVariantFolders } from '@octet/engines';

const fixtures = resolve(import.meta.dirname, '../../fixtures/trtexec');
const folders = [
  ...['resnet50_b1', 'mlp4096_b1', 'conv16_1024'].map((name) => `8.5.3/${name}`),
  ...['a100-resnet18_b32', 'rtx3090-resnet50_b32'].map((name) => `trt-engine-explorer/${name}`),
];

/** What trtexec measured on real GPUs, as `octet import` sends it: bodies of POST /api/imports. */
export async function recordedExports(): Promise<{ name: string; record: TrialRecord }[]> {
  const bodies = [];
  for (const folder of folders) {
    const variants = await readVariantFolders(join(fixtures, folder));
    const name = folder.split('/').at(-1)!;
    bodies.push({ name, record: importedRecord({ name, variants, importedAt: '2026-11-01T12:00:00.000Z' }) });
  }
  return bodies;
}
