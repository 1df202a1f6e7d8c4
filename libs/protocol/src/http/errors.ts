import { z } from 'zod';

/** Every error of the API and of `--json`. `code` is stable kebab-case; `message` says what is wrong and what to do. */
export const errorDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
});
export type ErrorDocument = z.infer<typeof errorDocumentSchema>;

export function errorDocument(code: string, message: string, details?: Record<string, unknown> | null): ErrorDocument {
  return {
    schemaVersion: 1,
    error: { code, message, ...(details === null || details === undefined ? {} : { details }) },
  };
}
