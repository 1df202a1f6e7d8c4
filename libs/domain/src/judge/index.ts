export { energyOfReasons, type EnergyPair } from './energy-reason.js';
export * from './int8-use.js';
export * from './judge.js';
export * from './measured-floats.js';
export * from './row-for-refusal.js';
export * from './row-frame.js';
