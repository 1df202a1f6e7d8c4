export * from './cpu-table.js';
export * from './expected-float.js';
export * from './gpu-capability.js';
export * from './gpu-table.js';
export * from './runtime-version.js';
export * from './support.js';
export * from './tensorrt-support.js';
