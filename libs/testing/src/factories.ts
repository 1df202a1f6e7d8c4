import {
  defaultPlan,
  deviceClassOf,
  recipeDefaults,
  recipeLabel,
  type CpuDevice,
  type EngineRecord,
  type GpuDevice,
  type RoundRecord,
  type RuntimeProbe,
  type TrialRecord,
  type TrialSpec,
} from '@octet/domain';
import type { AgentMessage, Slot } from '@octet/protocol';

/** A 64-digit stand-in for a content hash: `hashOf('a')` differs from `hashOf('b')`. */
export function hashOf(text: string): string {
  return Buffer.from(text.padEnd(32, '.')).subarray(0, 32).toString('hex');
}

export function cpuDevice(changes: Partial<CpuDevice> = {}): CpuDevice {
  return {
    kind: 'cpu',
    id: 'cpu',
    name: 'Test CPU 9000',
    architecture: 'x86-64',
    instructionSets: ['AVX-512', 'AVX2', 'AVX512-VNNI'],
    threads: 1,
    physicalCores: 4,
    logicalCores: 8,
    memoryBytes: 16 * 2 ** 30,
    ...changes,
  };
}

/** An NVIDIA A10 (SM 8.6), the first of the lecture's rows. */
export function gpuDevice(changes: Partial<GpuDevice> = {}): GpuDevice {
  return {
    kind: 'gpu',
    id: 'GPU-00000000-0000-0000-0000-000000000001',
    name: 'NVIDIA A10',
    architecture: 'sm_86',
    memoryBytes: 24 * 2 ** 30,
    powerLimitW: 150,
    powerMode: null,
    driverVersion: '550.54.15',
    index: 0,
    mig: false,
    ...changes,
  };
}

export function runtimeProbe(changes: Partial<RuntimeProbe> = {}): RuntimeProbe {
  return { name: 'scripted', version: '1.0.0', providers: [], origin: 'test', ...changes };
}

export function slot(changes: Partial<Slot> = {}): Slot {
  const device = changes.device ?? cpuDevice();
  return { slotId: device.id, device, deviceClass: deviceClassOf(device), runtimes: [runtimeProbe()], ...changes };
}

export function trialSpec(changes: Partial<TrialSpec> = {}): TrialSpec {
  return {
    model: { name: 'test-model', sha256: hashOf('test-model') },
    dataset: null,
    batch: 1,
    shapes: { x: [1, 8] },
    deviceClass: deviceClassOf(cpuDevice()),
    runtime: 'scripted',
    threads: 1,
    floats: ['fp32'],
    recipes: [recipeDefaults],
    plan: { ...defaultPlan, maxSeconds: 5 },
    accuracy: null,
    seed: 1,
    force: false,
    ...changes,
  };
}

export function engineRecord(changes: Partial<EngineRecord> = {}): EngineRecord {
  return {
    label: 'fp32',
    variant: 'fp32',
    recipe: null,
    status: 'measured',
    refusal: null,
    build: {
      cacheHit: false,
      buildNs: 1_000_000,
      sizeBytes: 4_096,
      sha256: hashOf('engine'),
      firstLoadNs: 100_000,
      peakMemoryBytes: 8_192,
      options: {},
      unfusedTargets: [],
      calibrationTableSha256: null,
    },
    layers: null,
    accuracy: null,
    ...changes,
  };
}

/** A round in which each label took the same time in each of its ten runs. */
export function roundRecord(index: number, latencyNs: Record<string, number>): RoundRecord {
  const samples = Object.entries(latencyNs).map(([label, ns]) => [label, Array.from({ length: 10 }, () => ns)]);
  return {
    index,
    startedMs: index * 1_000,
    order: Object.keys(latencyNs),
    samples: Object.fromEntries(samples) as Record<string, number[]>,
    voided: null,
  };
}

/** A decided trial: fp32 at `floatNs` against the default recipe at `int8Ns`, nine rounds. */
export function trialRecord(
  changes: Partial<TrialRecord> = {},
  { floatNs = 2_000_000, int8Ns = 1_000_000 }: { floatNs?: number; int8Ns?: number } = {},
): TrialRecord {
  const spec = changes.spec ?? trialSpec();
  const recipes = spec.recipes.map((recipe) => ({ recipe, label: recipeLabel(recipe) }));
  const latencyNs = Object.fromEntries([
    ...spec.floats.map((variant) => [variant, floatNs] as const),
    ...recipes.map(({ label }) => [label, int8Ns] as const),
  ]);
  return {
    schemaVersion: 1,
    spec,
    device: cpuDevice(),
    runtime: runtimeProbe({ name: spec.runtime }),
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:09.000Z',
    engines: [
      ...spec.floats.map((variant) => engineRecord({ label: variant, variant })),
      ...recipes.map(({ recipe, label }) => engineRecord({ label, variant: 'int8', recipe })),
    ],
    rounds: Array.from({ length: 9 }, (_, index) => roundRecord(index, latencyNs)),
    stop: 'decided',
    telemetry: [],
    environment: { warnings: [], facts: {} },
    inputs: { source: 'random', seed: spec.seed, count: 1 },
    ...changes,
  };
}

export type HelloMessage = Extract<AgentMessage, { type: 'hello' }>;

export function helloMessage(changes: Partial<HelloMessage> = {}): HelloMessage {
  return {
    type: 'hello',
    protocolVersion: 1,
    agentId: 'agent-1',
    name: 'test agent',
    version: '0.1.0',
    lifeId: null,
    slots: [slot()],
    running: [],
    spooled: [],
    facts: {},
    ...changes,
  };
}
