export * from './channel-packing.js';
export * from './diagnose.js';
export * from './facts.js';
export { crossoverOf, type Crossover } from './batch-too-small.js';
export * from './layer-graph.js';
export * from './match-layers.js';
export { whatIf, type Bound, type WhatIf, type WhatIfFacts } from './what-if.js';
