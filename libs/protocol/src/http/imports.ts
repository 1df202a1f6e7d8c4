import { z } from 'zod';
import { trialRecordSchema } from './record.js';

/**
 * Body of POST /api/imports: what somebody measured without this fleet, as a trial's record whose facts say `imported: true`.
 * It is stored and judged like any result, and never mixed with a matrix of the fleet's own.
 */
export const importUploadSchema = z.object({ name: z.string().min(1).max(200), record: trialRecordSchema });

const importedPrefix = 'imported/';

/** The matrix under which an import is kept. Nothing of it can run again: its models were never here. */
export function importedMatrixName(name: string): string {
  return importedPrefix + name;
}

export function isImportedMatrix(name: string): boolean {
  return name.startsWith(importedPrefix);
}

export const importDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  matrix: z.object({ id: z.string(), name: z.string() }),
  trialId: z.string(),
});

export type ImportUpload = z.infer<typeof importUploadSchema>;
export type ImportDocument = z.infer<typeof importDocumentSchema>;
