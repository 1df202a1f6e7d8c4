/**
 * The runtimes Octet drives. ONNX Runtime's GPU providers are runtimes of their own beside its CPU kernels, since results of two
 * providers are never pooled. `scripted` and `null` exist for tests, simulated fleets and the harness's own overhead.
 */
export const runtimeNames = [
  'onnxruntime',
  'onnxruntime-cuda',
  'onnxruntime-tensorrt',
  'tensorrt',
  'null',
  'scripted',
] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** An execution provider of ONNX Runtime, as its sessions are told it. */
export type OrtProvider = 'cpu' | 'cuda' | 'tensorrt';

const ortProviders: Readonly<Record<string, OrtProvider>> = {
  onnxruntime: 'cpu',
  'onnxruntime-cuda': 'cuda',
  'onnxruntime-tensorrt': 'tensorrt',
} satisfies Partial<Record<RuntimeName, OrtProvider>>;

/** The provider that a runtime asks ONNX Runtime for; null where it is another runtime. */
export function ortProviderOf(runtime: string): OrtProvider | null {
  return ortProviders[runtime] ?? null;
}

export type CpuArchitecture = 'x86-64' | 'arm64';

/** `sm_86`, `sm_120`, `x86-64`, `arm64`. */
export type Architecture = `sm_${number}` | CpuArchitecture;

export interface CpuDevice {
  kind: 'cpu';
  /** `cpu` (one slot for each host). */
  id: string;
  name: string;
  architecture: CpuArchitecture;
  /** Names as in the capability table: AVX2, AVX-512, AVX512-VNNI, AVX-VNNI, AMX-INT8, NEON, NEON-DOTPROD ... sorted. */
  instructionSets: string[];
  /** Threads that engines on this device use (part of the class). */
  threads: number;
  physicalCores: number;
  logicalCores: number;
  memoryBytes: number;
}

export interface GpuDevice {
  kind: 'gpu';
  /** GPU UUID as nvidia-smi prints it. */
  id: string;
  name: string;
  architecture: `sm_${number}`;
  memoryBytes: number;
  /** Enforced power limit in watts; null where the driver does not tell (Jetson: use powerMode). */
  powerLimitW: number | null;
  powerMode: string | null;
  driverVersion: string | null;
  /** Index for CUDA_VISIBLE_DEVICES / trtexec --device. */
  index: number;
  mig: boolean;
}

export interface DlaDevice {
  kind: 'dla';
  id: string;
  name: string;
  architecture: `sm_${number}`;
  core: number;
  memoryBytes: number;
  powerMode: string | null;
}

export type Device = CpuDevice | GpuDevice | DlaDevice;

/** What a host says it can run a trial on: one slot. */
export interface RuntimeProbe {
  name: RuntimeName;
  version: string;
  /** ONNX Runtime: execution providers; TensorRT: [] */
  providers: string[];
  /** Where the runtime was found (a path or a package name). */
  origin: string;
}

/** `NVIDIA A10` -> `nvidia-a10`; `AMD EPYC` -> `amd-epyc`. */
export function productSlug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/\((r|tm|c)\)/g, ' ')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'unknown'
  );
}

/**
 * The class whose results are comparable: architecture / product / memory / power limit (GPU), power mode (Jetson, DLA),
 * instruction sets / threads (CPU).
 */
export function deviceClassOf(device: Device): string {
  switch (device.kind) {
    case 'cpu': {
      const sets = device.instructionSets.map(productSlug).join('+') || 'baseline';
      return `${device.architecture}/${productSlug(device.name)}/${sets}/${device.threads}t`;
    }
    case 'gpu': {
      const power =
        device.powerMode !== null
          ? productSlug(device.powerMode)
          : device.powerLimitW === null
            ? 'power-unknown'
            : `${Math.round(device.powerLimitW)}w`;
      return `${device.architecture}/${productSlug(device.name)}/${gibibytes(device.memoryBytes)}g/${power}`;
    }
    case 'dla':
      return `${device.architecture}/${productSlug(device.name)}-dla/${gibibytes(device.memoryBytes)}g/${productSlug(device.powerMode ?? 'power-unknown')}`;
  }
}

function gibibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 30);
}
