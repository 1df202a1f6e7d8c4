import { z } from 'zod';
import { agentStateSchema, dutySchema } from './http/agents.js';
import { matrixProgressSchema, trialStateSchema } from './http/matrices.js';
import { deviceReadingSchema, trialProgressSchema } from './messages.js';

/**
 * Frames of the live socket (`/live`), controller to browser or CLI; nothing travels the other way. The token comes as
 * `?token=`, as the subprotocol `octet.token.<token>` offered beside `octet.live` (the one that is chosen), as a Bearer header,
 * or as the session cookie.
 */
export const liveEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('trial.progress'),
    trialId: z.string(),
    matrixId: z.string(),
    attempt: z.number().int(),
    progress: trialProgressSchema,
  }),
  z.object({
    type: z.literal('trial.state'),
    trialId: z.string(),
    matrixId: z.string(),
    state: trialStateSchema,
    attempt: z.number().int(),
    agentId: z.string().nullable(),
  }),
  z.object({
    type: z.literal('matrix.progress'),
    matrixId: z.string(),
    name: z.string(),
    progress: matrixProgressSchema,
    expectedSecondsLeft: z.number().nullable(),
  }),
  z.object({ type: z.literal('agent.state'), agentId: z.string(), name: z.string(), state: agentStateSchema }),
  z.object({
    type: z.literal('agent.readings'),
    agentId: z.string(),
    slots: z.array(z.object({ slotId: z.string(), reading: deviceReadingSchema })),
  }),
  z.object({ type: z.literal('agent.duty'), agentId: z.string(), name: z.string(), duty: dutySchema }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export const liveProtocol = 'octet.live';
export const liveTokenProtocol = 'octet.token.';
