export * from './device.js';
export * from './errors.js';
export * from './layer.js';
export * from './recipe.js';
export * from './result-row.js';
export * from './trial.js';
export * from './split/index.js';
export * from './statistics/index.js';
