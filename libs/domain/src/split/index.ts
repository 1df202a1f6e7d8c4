export { classify, isFloat, isInt8 } from './layer-class.js';
export { constantLayerCost, mostLayerCostNs } from './constant-cost.js';
export { netTimeOf, type NetTime } from './net-time.js';
export { int8TimeShare, splitTimes } from './split-times.js';
export type { Int8Parts, TimeParts, TimeSplit } from './split-times.js';
