import { z } from 'zod';
import { runtimeProbeSchema, slotSchema } from '../messages.js';

/** `connected`: a socket is open; `lost`: gone without a word, within or past its grace period. */
export const agentStateSchema = z.enum(['connected', 'lost']);

export const agentSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  state: agentStateSchema,
  lastSeenAt: z.string(),
  slots: z.array(slotSchema.extend({ running: z.object({ trialId: z.string(), attempt: z.number() }).nullable() })),
  facts: z.record(z.string(), z.unknown()),
});
export type AgentDocument = z.infer<typeof agentSchema>;
export const agentListSchema = z.object({ schemaVersion: z.literal(1), agents: z.array(agentSchema) });

export const deviceClassSchema = z.object({
  deviceClass: z.string(),
  name: z.string(),
  architecture: z.string(),
  runtimes: z.array(runtimeProbeSchema),
  /** Relative noise floor used for verdicts on this class. */
  noiseFloor: z.number(),
  connectedSlots: z.number().int(),
  lastSeenAt: z.string(),
});
export type DeviceClassDocument = z.infer<typeof deviceClassSchema>;
export const deviceClassListSchema = z.object({
  schemaVersion: z.literal(1),
  deviceClasses: z.array(deviceClassSchema),
});
