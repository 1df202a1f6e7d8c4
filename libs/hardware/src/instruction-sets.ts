import type { CpuArchitecture } from '@octet/domain';

/** Names as in the capability table, by the flag that Linux prints in /proc/cpuinfo (macOS: `hw.optional.*`). */
const x86Flags: Record<string, string> = {
  avx2: 'AVX2',
  avx512f: 'AVX-512',
  avx512_vnni: 'AVX512-VNNI',
  avx_vnni: 'AVX-VNNI',
  amx_int8: 'AMX-INT8',
};
const armFlags: Record<string, string> = { asimd: 'NEON', neon: 'NEON', asimddp: 'NEON-DOTPROD' };

/** Instruction sets that decide about INT8, sorted; what else a CPU can do is left out. */
export function instructionSetsOf(architecture: CpuArchitecture, flags: readonly string[]): string[] {
  const names = architecture === 'x86-64' ? x86Flags : armFlags;
  return [...new Set(flags.flatMap((flag) => names[flag] ?? []))].sort();
}
