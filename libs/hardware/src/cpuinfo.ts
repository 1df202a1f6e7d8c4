export interface CpuInfo {
  /** null where the kernel does not tell (most ARM machines). */
  modelName: string | null;
  flags: string[];
  /** ARM: implementer and part, `0x41/0xd0c`. */
  part: string | null;
}

function field(text: string, name: string): string | null {
  return new RegExp(`^${name}\\s*:\\s*(.*)$`, 'mi').exec(text)?.[1]?.trim() ?? null;
}

/** Reads the first processor of /proc/cpuinfo; x86 says `flags`, ARM `Features`. */
export function parseCpuinfo(text: string): CpuInfo {
  const flags = field(text, 'flags') ?? field(text, 'Features') ?? '';
  const [implementer, part] = [field(text, 'CPU implementer'), field(text, 'CPU part')];
  return {
    modelName: field(text, 'model name'),
    flags: flags.split(/\s+/).filter(Boolean),
    part: implementer === null || part === null ? null : `${implementer}/${part}`,
  };
}

/** Cores by implementer and part (Linux, arch/arm64/include/asm/cputype.h), for machines that print no name. */
const armParts: Record<string, string> = {
  '0x41/0xd03': 'Cortex-A53',
  '0x41/0xd04': 'Cortex-A35',
  '0x41/0xd05': 'Cortex-A55',
  '0x41/0xd07': 'Cortex-A57',
  '0x41/0xd08': 'Cortex-A72',
  '0x41/0xd0b': 'Cortex-A76',
  '0x41/0xd0c': 'Neoverse-N1',
  '0x41/0xd40': 'Neoverse-V1',
  '0x41/0xd42': 'Cortex-A78AE',
  '0x41/0xd49': 'Neoverse-N2',
  '0x41/0xd4f': 'Neoverse-V2',
  '0x4e/0x003': 'NVIDIA Denver 2',
  '0x4e/0x004': 'NVIDIA Carmel',
  '0xc0/0xac3': 'Ampere-1',
};

export function armCoreName(part: string | null): string | null {
  return part === null ? null : (armParts[part] ?? null);
}
