import { parseVersion } from '@octet/domain';

/** Summary line of trtexec, ns. */
export interface LatencySummary {
  minNs: number;
  maxNs: number;
  meanNs: number;
  medianNs: number;
}

export interface LoggedDevice {
  name: string;
  /** `9.0` as trtexec prints it. */
  computeCapability: string | null;
  memoryMiB: number | null;
}

/** What a log of trtexec 8 to 11 says. Absent is null. */
export interface TrtexecLog {
  /** `incomplete`: the process neither passed nor failed (killed, or still running). `foreign`: not trtexec's log. */
  outcome: 'passed' | 'failed' | 'incomplete' | 'foreign';
  /** `8.5.3`; null where the log does not tell. */
  version: string | null;
  command: string | null;
  device: LoggedDevice | null;
  throughputPerSecond: number | null;
  latency: LatencySummary | null;
  enqueue: LatencySummary | null;
  gpuCompute: LatencySummary | null;
  hostToDevice: LatencySummary | null;
  deviceToHost: LatencySummary | null;
  buildNs: number | null;
  /** Time to read and deserialise the plan. */
  loadNs: number | null;
  engineSizeBytes: number | null;
  /** Most device memory that TensorRT itself held (weights, activations); the CUDA context is not in it. */
  managedGpuBytes: number | null;
  cudaGraph: boolean | null;
  dataTransfers: boolean | null;
  warnings: string[];
  /** Tensors without a range in implicit INT8: the builder keeps the layers beside them in float. */
  missingRanges: string[];
  errors: string[];
  timingCache: 'used' | 'rejected' | 'written' | null;
  lastLines: string[];
}

const number = String.raw`(-?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)`;
const stamp = /^\[[^\]]+\] \[([VIWEF])\] ?/;
const lastLineCount = 12;

/** Reads the standard output of trtexec. Never throws: a log that is none is `foreign`. */
export function parseTrtexecLog(text: string): TrtexecLog {
  const lines = text.split(/\r?\n/);
  const find = (pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;
  return {
    outcome: outcomeOf(text),
    version: versionOf(text),
    command: find(/^&&&& RUNNING [^#]*# (.*)$/m),
    device: deviceOf(find),
    throughputPerSecond: decimal(find(new RegExp(`Throughput: ${number} qps`))),
    latency: summaryOf(text, 'Latency'),
    enqueue: summaryOf(text, 'Enqueue Time'),
    gpuCompute: summaryOf(text, 'GPU Compute Time'),
    hostToDevice: summaryOf(text, 'H2D Latency'),
    deviceToHost: summaryOf(text, 'D2H Latency'),
    buildNs: seconds(find(new RegExp(`Engine built in ${number} sec`))),
    loadNs: sumOrNull([
      seconds(find(new RegExp(`Engine loaded in ${number} sec`))),
      seconds(find(new RegExp(`Engine deserialized in ${number} sec`))),
    ]),
    engineSizeBytes: mebibytes(find(new RegExp(`(?:Created|Loaded) engine (?:with )?size: ${number} MiB`, 'i'))),
    managedGpuBytes: managedGpuBytes(text),
    cudaGraph: enabled(find(/CUDA Graph: (\w+)/)),
    dataTransfers: enabled(find(/Data transfers: (\w+)/)),
    warnings: messages(lines, 'W'),
    missingRanges: missingRanges(text),
    errors: messages(lines, 'E', 'F'),
    timingCache: timingCacheOf(text),
    lastLines: lines.filter((line) => line.trim() !== '').slice(-lastLineCount),
  };
}

function missingRanges(text: string): string[] {
  const found = text.matchAll(/Missing scale and zero-point for tensor (.+?), expect fall back/g);
  return [...new Set([...found].map(([, tensor]) => tensor as string))];
}

function outcomeOf(text: string): TrtexecLog['outcome'] {
  const marks = [...text.matchAll(/^&&&& (PASSED|FAILED|WAIVED) TensorRT\.trtexec/gm)];
  const last = marks.at(-1)?.[1];
  if (last !== undefined) return last === 'PASSED' ? 'passed' : 'failed';
  return /^&&&& RUNNING TensorRT\.trtexec/m.test(text) || /=== Build Options ===/.test(text) ? 'incomplete' : 'foreign';
}

function versionOf(text: string): string | null {
  const spelt = /TensorRT version: (\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (spelt !== undefined) return spelt;
  const packed = /TensorRT\.trtexec \[TensorRT (v\d+)\]/.exec(text)?.[1];
  return packed === undefined ? null : (parseVersion(packed)?.join('.') ?? null);
}

function deviceOf(find: (pattern: RegExp) => string | null): LoggedDevice | null {
  // TensorRT 10 lists all devices first: `Selected Device: ...` and `Device Global Memory` are those of the chosen one.
  const name = find(/Selected Device: (.+?)\s*$/m);
  if (name === null) return null;
  return {
    name,
    computeCapability: find(/Compute Capability: ([\d.]+)/),
    memoryMiB: decimal(find(/Device Global Memory: (\d+) MiB/)),
  };
}

/** TensorRT 8.5's runs print the summary once; a profiled run prints it before the profile: the last one counts. */
function summaryOf(text: string, label: string): LatencySummary | null {
  const pattern = new RegExp(
    `${label}: min = ${number} ms, max = ${number} ms, mean = ${number} ms, median = ${number} ms`,
    'g',
  );
  const [min, max, mean, median] = [...text.matchAll(pattern)].at(-1)?.slice(1).map(milliseconds) ?? [];
  if (min === undefined || max === undefined || mean === undefined || median === undefined) return null;
  return { minNs: min, maxNs: max, meanNs: mean, medianNs: median };
}

function managedGpuBytes(text: string): number | null {
  const held = [...text.matchAll(/TensorRT-managed allocation in .*?now: CPU \d+, GPU (\d+) \(MiB\)/g)];
  return held.length === 0 ? null : Math.max(...held.map((match) => Number(match[1]))) * 2 ** 20;
}

function decimal(text: string | null): number | null {
  return text === null ? null : Number(text.replace(',', '.'));
}

function milliseconds(text: string): number {
  return Math.round(Number(text.replace(',', '.')) * 1e6);
}

function seconds(text: string | null): number | null {
  const value = decimal(text);
  return value === null ? null : Math.round(value * 1e9);
}

function mebibytes(text: string | null): number | null {
  const value = decimal(text);
  return value === null ? null : Math.round(value * 2 ** 20);
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function enabled(word: string | null): boolean | null {
  return word === null ? null : word === 'Enabled';
}

function messages(lines: readonly string[], ...severities: string[]): string[] {
  const found = lines.flatMap((line) => {
    const severity = stamp.exec(line);
    return severity?.[1] !== undefined && severities.includes(severity[1]) ? [line.slice(severity[0].length)] : [];
  });
  return [...new Set(found)];
}

function timingCacheOf(text: string): TrtexecLog['timingCache'] {
  if (/The timing cache will not be used/.test(text)) return 'rejected';
  if (/Loaded \d+ bytes of timing cache/.test(text)) return 'used';
  return /Saved \d+ bytes of timing cache/.test(text) ? 'written' : null;
}
