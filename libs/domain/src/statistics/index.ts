export * from './summary.js';
export * from './random.js';
export * from './balanced-order.js';
export * from './paired-ratios.js';
export * from './outliers.js';
export * from './looks.js';
export * from './speedup-interval.js';
export * from './stability.js';
