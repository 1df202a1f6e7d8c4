import { agentsOperations } from './operations/agents.js';
import { bundlesOperations } from './operations/bundles.js';
import { fleetOperations } from './operations/fleet.js';
import { matricesOperations } from './operations/matrices.js';
import { rolloutsOperations } from './operations/rollouts.js';
import { sessionOperations } from './operations/session.js';
import { verdictsOperations } from './operations/verdicts.js';
import type { Operation } from './operations/operation.js';

export type { Operation };

/** Every route with its shapes: the OpenAPI document is made from this list, and a test compares it with what Nest serves. */
export const operations: readonly Operation[] = [
  ...sessionOperations,
  ...bundlesOperations,
  ...matricesOperations,
  ...verdictsOperations,
  ...rolloutsOperations,
  ...fleetOperations,
  ...agentsOperations,
];
