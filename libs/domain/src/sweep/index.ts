export * from './break-even-fit.js';
export * from './sweep-plan.js';
export * from './sweep-rule.js';
export * from './sweep-result.js';
