import { ortNotFor, type RuntimeOffer } from '../capabilities/index.js';
import { ortProviderOf, type Device, type RuntimeName, type RuntimeProbe } from '../device.js';
import type { DeviceSelector, Matrix } from '../matrix.js';
import type { Refusal } from '../trial.js';

/** A device class that some agent has announced, with a device of it and the runtimes it can use there. */
export interface KnownClass {
  deviceClass: string;
  device: Device;
  runtimes: (Pick<RuntimeProbe, 'version' | 'providers'> & { name: RuntimeName })[];
}

/** Part of a selector that matches nothing yet: open, and expanded again when a device appears. */
export interface WaitingCell {
  selector: string;
  runtime: RuntimeName | null;
  why: string;
}

/** A device class with a runtime: every version of it that the class's agents offer, or why there is none. */
export interface Target {
  known: KnownClass;
  runtime: RuntimeName;
  offers: RuntimeOffer[];
  refusal: Refusal | null;
}

export interface Targets {
  targets: Target[];
  waiting: WaitingCell[];
}

/** Which (device class, runtime) pairs a matrix means, and what of its selector matches nothing yet. Sorted, so that the order is the same everywhere. */
export function targetsOf(matrix: Matrix, known: readonly KnownClass[]): Targets {
  const classes = mergeByClass(known);
  const selected = classes.filter((candidate) => isSelected(matrix.devices, candidate));
  const waiting = unmatched(matrix.devices, classes);
  const targets = selected.flatMap((candidate) => targetsOfClass(matrix.devices, candidate, waiting));
  return { targets, waiting };
}

/** Agents of one class may offer different runtimes or versions: the class offers them all. */
function mergeByClass(known: readonly KnownClass[]): KnownClass[] {
  const merged = new Map<string, KnownClass>();
  for (const entry of known) {
    const before = merged.get(entry.deviceClass);
    if (before === undefined) merged.set(entry.deviceClass, { ...entry, runtimes: [...entry.runtimes] });
    else before.runtimes.push(...entry.runtimes);
  }
  return [...merged.values()].sort((a, b) => compareText(a.deviceClass, b.deviceClass));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSelected(selector: DeviceSelector, candidate: KnownClass): boolean {
  const { architectures, classes } = selector;
  if (architectures === null && classes === null) return true;
  const byArchitecture = architectures?.includes(candidate.device.architecture) ?? false;
  return byArchitecture || (classes?.includes(candidate.deviceClass) ?? false);
}

function unmatched(selector: DeviceSelector, known: readonly KnownClass[]): WaitingCell[] {
  if (known.length === 0 && selector.architectures === null && selector.classes === null) {
    return [waitingCell('all', 'No agent has announced a device yet: start one with `octet up` or the agent.')];
  }
  const architectures = (selector.architectures ?? []).filter(
    (wanted) => !known.some((candidate) => candidate.device.architecture === wanted),
  );
  const classes = (selector.classes ?? []).filter(
    (wanted) => !known.some((candidate) => candidate.deviceClass === wanted),
  );
  return [...architectures, ...classes].map((wanted) =>
    waitingCell(wanted, `No agent with ${wanted} has announced itself yet.`),
  );
}

function waitingCell(selector: string, why: string, runtime: RuntimeName | null = null): WaitingCell {
  return { selector, runtime, why };
}

function targetsOfClass(selector: DeviceSelector, known: KnownClass, waiting: WaitingCell[]): Target[] {
  const offered = [...new Set(known.runtimes.map((runtime) => runtime.name))].sort(compareText);
  const named = selector.runtimes?.flatMap((runtime) => meant(runtime, known.device, offered)) ?? offered;
  const wanted = [...new Set(named)].sort(compareText);
  return wanted.flatMap((runtime): Target[] => {
    const offers = known.runtimes.filter((candidate) => candidate.name === runtime);
    if (offers.length > 0) return [{ known, runtime, offers, refusal: null }];
    const refusal = neverOn(known.device, runtime);
    if (refusal !== null) return [{ known, runtime, offers: [], refusal }];
    waiting.push(waitingCell(known.deviceClass, `No agent of this class offers ${runtime} yet.`, runtime));
    return [];
  });
}

/** `onnxruntime` on a GPU means its providers there, where an agent offers any. */
function meant(runtime: RuntimeName, { kind }: Device, offered: readonly RuntimeName[]): RuntimeName[] {
  if (runtime !== 'onnxruntime' || kind !== 'gpu') return [runtime];
  const there = offered.filter((name) => (ortProviderOf(name) ?? 'cpu') !== 'cpu');
  return there.length > 0 ? there : [runtime];
}

/** What no agent of this kind will ever offer is answered, not waited for. */
function neverOn(device: Device, runtime: RuntimeName): Refusal | null {
  if (device.kind === 'cpu' && runtime === 'tensorrt') {
    return {
      code: 'runtime-not-for-device',
      message: 'TensorRT needs an NVIDIA GPU or DLA; use onnxruntime on a CPU.',
    };
  }
  const provider = runtime === 'onnxruntime' && device.kind === 'gpu' ? null : ortProviderOf(runtime);
  const message = provider === null ? null : ortNotFor(device, provider);
  return message === null ? null : { code: 'runtime-not-for-device', message };
}
