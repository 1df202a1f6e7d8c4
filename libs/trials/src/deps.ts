import { cpuModeIds, gpuModeIds, type CpuModeId, type Device, type GpuModeId } from '@octet/domain';
import type { OpenRequest, Runtime } from '@octet/engines';
import type { TrialProgress } from '@octet/protocol';
import type { CalibrationTable } from '@octet/quantization';
import type { TrialCaches } from './cache/trial-caches.js';
import type { ClockLock } from './host/clock-lock.js';
import type { HostLock } from './host/host-lock.js';
import type { Preflight } from './host/preflight.js';
import type { TelemetrySource } from './host/telemetry.js';

/** Calibration tables of all agents, by key. The first one put under a key counts for all. */
export interface CalibrationTables {
  /** The table as parsed JSON, or null. What comes back is checked by the caller. */
  get(key: string): Promise<unknown>;
  /** Resolves to the table that counts: this one, or the one that was there first. */
  put(key: string, table: CalibrationTable): Promise<unknown>;
}

/** What is measured beyond the rounds. */
export interface TrialStudy {
  gpuModes: readonly GpuModeId[];
  cpuModes: readonly CpuModeId[];
  /** Independent builds that are measured where the gain is under 10 % (runtimes whose builds differ); below 2: none. */
  builds: number;
  /** Build INT8 engines with INT8 inputs and outputs as well, to see what the conversions at the border cost. */
  int8Borders: boolean;
}

export const wholeStudy: TrialStudy = {
  gpuModes: gpuModeIds,
  cpuModes: cpuModeIds,
  builds: 3,
  int8Borders: false,
};

export interface TrialClock {
  /** Monotonic, ms. */
  nowMs(): number;
  date(): Date;
}

/** Everything that a trial needs from outside. */
export interface TrialDeps {
  device: Device;
  runtime: Runtime;
  caches: TrialCaches;
  modelPath: string;
  /** null: seeded random input, and no accuracy. */
  datasetPath: string | null;
  /** Files of the recipes' own Q/DQ models: by sha256, or by the recipe's `model` where it has none. */
  ownModels: Readonly<Record<string, string>>;
  calibrationTables: CalibrationTables;
  onProgress: (progress: TrialProgress) => void;
  /** Told of each of the trial's own engines once it is open; not of the probes that a trial runs beside them. */
  onEngine?: (request: OpenRequest) => void;
  signal: AbortSignal;
  /** Noise floor of the device class, relative. */
  noiseFloor: number;
  /** Default: the host's CPU for a CPU device, none elsewhere. */
  telemetry?: TelemetrySource | null;
  /** Default: the host-wide lock. `noHostLock` where the operator allows building beside measuring. */
  hostLock?: HostLock;
  clock?: TrialClock;
  /** The look at the host before measuring; default `hostPreflight`, none for runtimes that execute nothing. */
  preflight?: Preflight;
  /** Share of trials whose first float engine is measured twice (A/A); default `controlShare`. 1: this one surely. */
  twinShare?: number;
  /** What is measured beyond the rounds; default: all of it. */
  study?: Partial<TrialStudy>;
  /** What the runtime's builder is told beside the recipe (`BuildRequest.options`); part of an engine's identity. */
  buildOptions?: Readonly<Record<string, unknown>>;
  /** Locks the device's clocks while it is measured; null or absent: they stay as they are. */
  lockClocks?: (() => Promise<ClockLock>) | null;
  /** A build that takes longer is given up; default 15 minutes. */
  buildLimitMs?: number;
  /** Facts about the host that the caller knows, kept with the record. */
  facts?: Readonly<Record<string, string | number | boolean | null>>;
}

export const systemClock: TrialClock = { nowMs: () => performance.now(), date: () => new Date() };

/** Monotonic ms of the trial's clock. */
export function clockOf({ clock }: Pick<TrialDeps, 'clock'>): () => number {
  const own = clock ?? systemClock;
  return () => own.nowMs();
}
