export * from './arrivals.js';
export { capacityPerS, engineSets } from './candidates.js';
export * from './curves-from-results.js';
export * from './latency-curve.js';
export { costPerMillion, planRollout } from './planner.js';
export * from './rollout-plan.js';
export * from './simulate.js';
export * from './split-requests.js';
export * from './triton-config.js';
