export * from './control-share.js';
export * from './noise-floor.js';
export * from './control-trial.js';
