export * from './arrivals.js';
export * from './curves-from-results.js';
export * from './latency-curve.js';
export * from './planner.js';
export * from './simulate.js';
export * from './split-requests.js';
export * from './triton-config.js';
