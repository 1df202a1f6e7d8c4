export * from './diagnose.js';
export * from './facts.js';
