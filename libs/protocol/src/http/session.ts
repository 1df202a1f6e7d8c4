import { z } from 'zod';

/** Who may do what. Others (viewer, operator) may join: code asks for a role, never for a token's name. */
export const roleSchema = z.enum(['admin', 'agent']);
export type Role = z.infer<typeof roleSchema>;

export const sessionRequestSchema = z.object({ token: z.string().min(1) });
export type SessionRequest = z.infer<typeof sessionRequestSchema>;
export const sessionDocumentSchema = z.object({ schemaVersion: z.literal(1), role: roleSchema, expiresAt: z.string() });
export type SessionDocument = z.infer<typeof sessionDocumentSchema>;

export const healthDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  status: z.enum(['ok', 'unavailable']),
  /** `ok`, or what is wrong, by part. */
  parts: z.record(z.string(), z.string()),
});
export type HealthDocument = z.infer<typeof healthDocumentSchema>;

/** A calibration table by key. `data` is the table's own JSON. `stored` false: another one came first and counts. */
export const calibrationTableDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  key: z.string(),
  sha256: z.string(),
  stored: z.boolean(),
});
