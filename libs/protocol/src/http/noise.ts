import { z } from 'zod';

const floorFields = {
  /** Relative: 0.01 = 1 %. A gain inside it is never worth-it, a loss inside it never slower. */
  floor: z.number(),
  /** `default` until 20 stable controls were measured. */
  source: z.enum(['default', 'measured']),
  /** Stable controls that the floor rests on. */
  trials: z.number().int(),
};

/** The floor as it stood at the end of a day with controls. */
export const noiseDaySchema = z.object({
  day: z.string(),
  ...floorFields,
  /** Controls of that day, unstable ones included. */
  controls: z.number().int(),
  falseVerdicts: z.number().int(),
});

/** What the A/A controls of one device class say. */
export const classNoiseSchema = z.object({
  deviceClass: z.string(),
  ...floorFields,
  /** A/A controls whose interval excludes 1, of all, with the exact 95 % interval of the rate; null without controls. */
  falseVerdicts: z
    .object({ count: z.number().int(), total: z.number().int(), rate: z.number(), low: z.number(), high: z.number() })
    .nullable(),
  /** Oldest first. */
  days: z.array(noiseDaySchema),
});
export type ClassNoise = z.infer<typeof classNoiseSchema>;

/** Answer of GET /api/noise, and the document of `octet noise --json`. */
export const noiseDocumentSchema = z.object({ schemaVersion: z.literal(1), noise: z.array(classNoiseSchema) });
export type NoiseDocument = z.infer<typeof noiseDocumentSchema>;
