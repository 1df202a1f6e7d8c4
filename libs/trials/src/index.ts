export { runTrial } from './run-trial.js';
export {
  systemClock,
  wholeStudy,
  type CalibrationTables,
  type TrialClock,
  type TrialDeps,
  type TrialStudy,
} from './deps.js';
export { ContentCache, contentKey, type CacheOptions, type Cached } from './cache/content-cache.js';
export { EngineCache, type EngineIdentity } from './cache/engine-cache.js';
export { defaultCacheLimits, openCaches, type CacheLimits, type TrialCaches } from './cache/trial-caches.js';
export { hostLock, noHostLock, defaultLockFolder, type HostLock, type HostWork } from './host/host-lock.js';
export { cpuTelemetry, emptyReading, type TelemetryReading, type TelemetrySource } from './host/telemetry.js';
export { lockClocks, undoAbandonedLocks, type ClockLock, type ClockLockOptions } from './host/clock-lock.js';
export { hostFacts } from './host/environment.js';
export { localCalibrationTables, maxCalibrationSamples } from './prepare/calibration.js';
export { planEngines, twinOf, type PlannedEngine } from './plan-engines.js';
export { hostPreflight, type Preflight } from './host/preflight.js';
export { runProof } from './serve/run-proof.js';
export { provePlan, type ProofRequest } from './serve/prove-plan.js';
export { rehearsedCurve, type CurveRehearsal } from './serve/rehearse.js';
