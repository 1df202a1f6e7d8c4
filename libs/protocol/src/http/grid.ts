import { z } from 'zod';
import { verdictSchema } from './result-rows.js';

const index = z.number().int().min(0);

/** One cell: positions in the document's lists, and what a reader of the grid sees at once. */
const gridCellSchema = z.object({
  model: index,
  target: index,
  recipe: index,
  batch: z.number().int(),
  trialId: z.string().nullable(),
  verdict: verdictSchema,
  /** Paired speed-up: median, low and high end of the 95 % interval. */
  speedup: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  accuracy: z.tuple([z.string(), z.number()]).nullable(),
  floatVariant: z.string().nullable(),
  /** The first reason: why not, or what to know; null where there is none. */
  why: index.nullable(),
  /** When the verdict was written; null while the trial is open. */
  recordedAt: z.string().nullable(),
});

/**
 * Answer of GET /api/grid: the newest verdict of each model, device class, runtime, batch and recipe. What repeats is listed once
 * and named by its position, so that 10,000 cells are a document of about 2 MB. A newer cell without a measurement does not
 * hide an older one with it.
 */
export const gridDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  models: z.array(z.object({ name: z.string(), sha256: z.string() })),
  targets: z.array(
    z.object({
      deviceClass: z.string(),
      deviceName: z.string(),
      architecture: z.string(),
      runtime: z.string(),
      version: z.string().nullable(),
    }),
  ),
  recipes: z.array(z.record(z.string(), z.unknown()).nullable()),
  whys: z.array(z.object({ id: z.string(), advice: z.string() })),
  cells: z.array(gridCellSchema),
});
export type GridDocument = z.infer<typeof gridDocumentSchema>;
export type GridCell = z.infer<typeof gridCellSchema>;
