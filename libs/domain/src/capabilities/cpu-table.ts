/** What one CPU instruction set does for INT8 (ONNX Runtime's MLAS kernels). */
export interface CpuCapability {
  /** Name as it stands in `CpuDevice.instructionSets`. */
  instructionSet: string;
  architecture: 'x86-64' | 'arm64';
  example: string;
  /** An INT8 kernel faster than FP32 is to be expected. */
  int8: boolean;
  /** Sums U8 x S8 pairs in saturating INT16 (vpmaddubsw): accuracy falls with 8-bit weights. */
  saturates: boolean;
  /**
   * INT8 multiply-adds of one instruction over FP32 ones of one FMA of the same width: the theoretical ratio. null where the
   * instruction count alone does not tell (AMX: another unit).
   */
  int8OverFp32: number | null;
  source: string;
}

const intelSdm = 'Intel 64 and IA-32 Architectures Software Developer Manual, instruction reference';
const armArm = 'Arm Architecture Reference Manual for A-profile, Advanced SIMD';

/**
 * The theoretical ratio counts instructions: 32 lanes a 256-bit register. AVX2: vpmaddubsw + vpmaddwd + vpaddd for 32 MACs
 * against one FMA for 8: 32/3/8 = 1.33. VNNI: one vpdpbusd for 32 (64) MACs against one FMA for 8 (16): 4. NEON: smull/smlal +
 * sadalp, 16 MACs in 4 instructions against one FMLA for 4: 1. SDOT: 16 MACs in one against 4: 4.
 */
export const cpuTable: readonly CpuCapability[] = [
  cpu('AVX2', 'x86-64', 'AMD Zen 3', true, true, 4 / 3, intelSdm),
  cpu('AVX-512', 'x86-64', 'Intel Skylake-SP', true, true, 4 / 3, intelSdm),
  cpu('AVX-VNNI', 'x86-64', 'Intel Alder Lake', true, false, 4, intelSdm),
  cpu('AVX512-VNNI', 'x86-64', 'Intel Cascade Lake, AMD Zen 4', true, false, 4, intelSdm),
  cpu('AMX-INT8', 'x86-64', 'Intel Sapphire Rapids', true, false, null, intelSdm),
  cpu('NEON', 'arm64', 'Cortex-A72 (Raspberry Pi 4)', true, false, 1, armArm),
  cpu('NEON-DOTPROD', 'arm64', 'Neoverse N1, Cortex-A76', true, false, 4, armArm),
];

function cpu(
  instructionSet: string,
  architecture: 'x86-64' | 'arm64',
  example: string,
  int8: boolean,
  saturates: boolean,
  int8OverFp32: number | null,
  source: string,
): CpuCapability {
  return { instructionSet, architecture, example, int8, saturates, int8OverFp32, source };
}

/** Best first: the kernel that ONNX Runtime picks. */
const preference = ['AMX-INT8', 'AVX512-VNNI', 'AVX-VNNI', 'AVX-512', 'AVX2', 'NEON-DOTPROD', 'NEON'];

/** The row of the instruction set that INT8 kernels will use on this CPU; null for one that has none of them. */
export function cpuCapabilityOf(instructionSets: readonly string[]): CpuCapability | null {
  const best = preference.find((name) => instructionSets.includes(name));
  return cpuTable.find((row) => row.instructionSet === best) ?? null;
}

/** Whether U8 x S8 products saturate on this CPU (no VNNI, AMX or dot product): design section 7, `saturation`. */
export function saturatesU8S8(instructionSets: readonly string[]): boolean {
  return cpuCapabilityOf(instructionSets)?.saturates ?? false;
}
