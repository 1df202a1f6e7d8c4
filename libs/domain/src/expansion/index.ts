export * from './expand-matrix.js';
export * from './expected-time.js';
export * from './model-facts.js';
export * from './seed.js';
export * from './targets.js';
export * from './trial-shapes.js';
