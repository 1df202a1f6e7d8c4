import { routes } from '../../routes.js';
import { agentDocumentSchema, agentListSchema, deviceClassListSchema, laneListSchema } from '../agents.js';
import { noiseDocumentSchema } from '../noise.js';
import { admin, type Operation } from './operation.js';

/** Agents, lanes and device classes. */
export const fleetOperations: readonly Operation[] = [
  {
    method: 'get',
    path: routes.agents,
    tag: 'fleet',
    summary: 'Agents with their slots',
    roles: admin,
    status: 200,
    answer: agentListSchema,
  },
  {
    method: 'post',
    path: '/api/agents/{reference}/{order}',
    tag: 'fleet',
    summary: 'Tell an agent to drain, pause, resume or revoke it',
    roles: admin,
    status: 200,
    answer: agentDocumentSchema,
  },
  {
    method: 'get',
    path: routes.lanes,
    tag: 'fleet',
    summary: 'The queue of each device class and runtime, and what it waits for',
    roles: admin,
    status: 200,
    answer: laneListSchema,
  },
  {
    method: 'get',
    path: routes.deviceClasses,
    tag: 'fleet',
    summary: 'Device classes that the fleet has had',
    roles: admin,
    status: 200,
    answer: deviceClassListSchema,
  },
  {
    method: 'get',
    path: routes.noise,
    tag: 'fleet',
    summary: 'Noise floor of each device class: A/A controls, history by day, false verdicts',
    roles: admin,
    status: 200,
    answer: noiseDocumentSchema,
  },
];
