import { firstLaunches, splitTable, type LatencyPoint, type ServedPlan, type ServingPolicy } from '@octet/domain';
import type { LaunchRule } from '@octet/engines';

const queueHorizon = 512;

export function policyOf({ policy, waitMs }: ServedPlan, engines: readonly LatencyPoint[]): ServingPolicy {
  if (policy === 'multi-engine') return { kind: 'multi-engine', engines };
  if (policy === 'batch') return { kind: 'batch', engine: engines[0]!, waitNs: waitMs * 1e6 };
  return { kind: 'linear', engine: engines[0]! };
}

/** The same decisions as the simulation takes, as a table. */
export function launchRule(policy: ServingPolicy): LaunchRule {
  switch (policy.kind) {
    case 'linear':
      return { kind: 'rule', fullAt: 1, waitNs: 0, engineFor: Int32Array.of(0, 0) };
    case 'batch':
      return { kind: 'rule', fullAt: policy.engine.batch, waitNs: policy.waitNs, engineFor: Int32Array.of(0, 0) };
    case 'multi-engine':
      return {
        kind: 'rule',
        fullAt: 1,
        waitNs: 0,
        engineFor: firstLaunches(splitTable(policy.engines, queueHorizon)),
      };
  }
}
