import { z } from 'zod';
import { sha256Schema } from '../messages.js';

const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), 'must be a relative path without ..');

export const bundleFileSchema = z.object({
  path: relativePath,
  sha256: sha256Schema,
  sizeBytes: z.number().int().min(0),
});
export type BundleFile = z.infer<typeof bundleFileSchema>;

/** Body of POST /api/models and /api/datasets: a name for files whose blobs are already stored; the first is the one to open. */
export const bundleUploadSchema = z.object({
  name: z.string().min(1).max(200),
  sha256: sha256Schema,
  files: z.array(bundleFileSchema).min(1).max(100_000),
});

/**
 * What a bundle's SHA-256 is taken over (UTF-8). One file: null, the bundle has the file's own hash. Several: one line
 * `<sha256>  <path>\n` for each file in the order of the bundle, the first with an empty path (as libs/onnx hashes a model with
 * external data: what the opened file is called does not change its content).
 */
export function bundleDigestInput(files: readonly { path: string; sha256: string }[]): string | null {
  if (files.length === 1) return null;
  return files.map((file, index) => `${file.sha256}  ${index === 0 ? '' : file.path}\n`).join('');
}

/**
 * What to open of a bundle laid out in a folder, relative to it: the first segment of the first path. A lone file is that file;
 * a folder of samples (`digits/0001.png`, ...) is the folder.
 */
export function openPathOf(files: readonly { path: string }[]): string {
  return files[0]?.path.split('/')[0] ?? '';
}

/** A model or dataset as stored. `inspection` is what libs/onnx (libs/quantization) read; null where nothing was read. */
export const bundleSchema = z.object({
  name: z.string(),
  sha256: sha256Schema,
  files: z.array(bundleFileSchema),
  sizeBytes: z.number().int(),
  createdAt: z.string(),
  inspection: z.record(z.string(), z.unknown()).nullable(),
});
export type Bundle = z.infer<typeof bundleSchema>;

export const modelDocumentSchema = z.object({ schemaVersion: z.literal(1), model: bundleSchema });
export const modelListSchema = z.object({ schemaVersion: z.literal(1), models: z.array(bundleSchema) });
export const datasetDocumentSchema = z.object({ schemaVersion: z.literal(1), dataset: bundleSchema });
export const datasetListSchema = z.object({ schemaVersion: z.literal(1), datasets: z.array(bundleSchema) });

/** Answer of PUT /api/blobs/:sha256; `stored` is false when the content was there already. */
export const blobDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  sha256: sha256Schema,
  sizeBytes: z.number().int(),
  stored: z.boolean(),
});
