import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, totalmem } from 'node:os';
import { OctetError, type CpuArchitecture, type CpuDevice } from '@octet/domain';
import si from 'systeminformation';
import { armCoreName, parseCpuinfo, type CpuInfo } from './cpuinfo.js';
import { instructionSetsOf } from './instruction-sets.js';

export interface CpuFacts {
  architecture: CpuArchitecture;
  cpuinfo: CpuInfo;
  /** As systeminformation names it, from where there is no /proc/cpuinfo. */
  brand: string;
  physicalCores: number;
  logicalCores: number;
  memoryBytes: number;
}

/**
 * The CPU as a device: what it is called, what it can do, and with how many threads its engines run.
 * @param threads null: one for each physical core.
 */
export function cpuDeviceOf(facts: CpuFacts, threads: number | null): CpuDevice {
  const name =
    facts.cpuinfo.modelName ?? armCoreName(facts.cpuinfo.part) ?? (facts.brand || `unknown ${facts.architecture}`);
  return {
    kind: 'cpu',
    id: 'cpu',
    name: name.replace(/\s+/g, ' ').trim(),
    architecture: facts.architecture,
    instructionSets: instructionSetsOf(facts.architecture, facts.cpuinfo.flags),
    threads: threads ?? facts.physicalCores,
    physicalCores: facts.physicalCores,
    logicalCores: facts.logicalCores,
    memoryBytes: facts.memoryBytes,
  };
}

function architectureOf(name: string): CpuArchitecture {
  if (name === 'x64') return 'x86-64';
  if (name === 'arm64') return 'arm64';
  throw new OctetError('architecture-unsupported', `Octet measures on x86-64 and arm64; this Node runs on ${name}.`);
}

/** /proc/cpuinfo, or the same words from what macOS and Windows tell. */
async function readCpuinfo(brandFlags: string): Promise<CpuInfo> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => `flags : ${brandFlags}`);
  return parseCpuinfo(text);
}

/** Reads this machine's CPU. @throws OctetError `architecture-unsupported`. */
export async function readCpuFacts(): Promise<CpuFacts> {
  const architecture = architectureOf(arch());
  const cpu = await si.cpu();
  const appleSilicon = process.platform === 'darwin' && architecture === 'arm64' ? 'asimd asimddp' : '';
  const logicalCores = availableParallelism();
  return {
    architecture,
    cpuinfo: await readCpuinfo(`${cpu.flags} ${appleSilicon}`),
    brand: cpus()[0]?.model ?? `${cpu.manufacturer} ${cpu.brand}`,
    physicalCores: Math.max(1, Math.min(cpu.physicalCores || logicalCores, logicalCores)),
    logicalCores,
    memoryBytes: totalmem(),
  };
}
