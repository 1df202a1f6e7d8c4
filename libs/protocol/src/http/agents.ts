import { z } from 'zod';
import { deviceReadingSchema, runtimeProbeSchema, slotSchema } from '../messages.js';

/** `connected`: a socket is open; `lost`: gone without a word, within or past its grace period. */
export const agentStateSchema = z.enum(['connected', 'lost']);

/**
 * What an operator has told an agent, kept until told otherwise. `working`: takes trials. `draining`: ends what it runs and
 * takes nothing more until its process starts anew. `paused`: the same, restarts included, until it is resumed. `revoked`:
 * locked out; what it ran goes back into its lane and what it reports is refused.
 */
export const dutySchema = z.enum(['working', 'draining', 'paused', 'revoked']);
export type Duty = z.infer<typeof dutySchema>;

/** What an operator may say, and the duty that follows. */
export const dutyOfOrder = { drain: 'draining', pause: 'paused', resume: 'working', revoke: 'revoked' } as const;
export type AgentOrder = keyof typeof dutyOfOrder;
export const agentOrders = Object.keys(dutyOfOrder) as AgentOrder[];
export const agentOrderSchema = z.enum(['drain', 'pause', 'resume', 'revoke']);

export const agentSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  state: agentStateSchema,
  duty: dutySchema,
  /** When the duty was last changed; null if it never was. */
  dutySince: z.string().nullable(),
  lastSeenAt: z.string(),
  slots: z.array(
    slotSchema.extend({
      running: z.object({ trialId: z.string(), attempt: z.number() }).nullable(),
      /** The last one that came; null before the first, for a simulated device, and when the agent is lost. */
      reading: deviceReadingSchema.nullable(),
    }),
  ),
  facts: z.record(z.string(), z.unknown()),
});
export type AgentDocument = z.infer<typeof agentSchema>;
export const agentDocumentSchema = z.object({ schemaVersion: z.literal(1), agent: agentSchema });
export const agentListSchema = z.object({ schemaVersion: z.literal(1), agents: z.array(agentSchema) });

export const deviceClassSchema = z.object({
  deviceClass: z.string(),
  name: z.string(),
  architecture: z.string(),
  runtimes: z.array(runtimeProbeSchema),
  /** Relative noise floor used for verdicts on this class. */
  noiseFloor: z.number(),
  connectedSlots: z.number().int(),
  /** Of the connected ones, those whose agent takes trials (not draining, not paused). */
  workingSlots: z.number().int(),
  lastSeenAt: z.string(),
});
export type DeviceClassDocument = z.infer<typeof deviceClassSchema>;
export const deviceClassListSchema = z.object({
  schemaVersion: z.literal(1),
  deviceClasses: z.array(deviceClassSchema),
});

/** What a lane's queue waits for: `start` is a moment's wait (a hand-out, the back-off of a retry). */
export const laneWaitSchema = z.enum(['nothing', 'start', 'free-slot', 'duty', 'device']);
export type LaneWait = z.infer<typeof laneWaitSchema>;

/** The queue of one device class and runtime. */
export const laneSchema = z.object({
  deviceClass: z.string(),
  deviceName: z.string(),
  runtime: z.string(),
  queued: z.number().int(),
  assigned: z.number().int(),
  connectedSlots: z.number().int(),
  workingSlots: z.number().int(),
  waitsFor: laneWaitSchema,
  why: z.string(),
  /** Until the class's queues are empty with the slots that take trials now; 0 when nothing is open; null when no slot takes any. */
  expectedSeconds: z.number().nullable(),
  /** What comes next, first first; three at most. */
  next: z.array(
    z.object({
      trialId: z.string(),
      matrix: z.object({ id: z.string(), name: z.string() }),
      model: z.string(),
      batch: z.number().int(),
      priority: z.number().int(),
    }),
  ),
});
export type LaneDocument = z.infer<typeof laneSchema>;
export const laneListSchema = z.object({ schemaVersion: z.literal(1), lanes: z.array(laneSchema) });
