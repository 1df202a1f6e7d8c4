export * from './footprint.js';
export * from './layer-roofline.js';
export * from './peaks.js';
export * from './potential.js';
export * from './theoretical-ratio.js';
