export * from './control-share.js';
export * from './noise-floor.js';
