export * from './back-off.js';
export * from './state.js';
export * from './step.js';
