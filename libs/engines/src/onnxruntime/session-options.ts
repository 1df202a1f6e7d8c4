import { OctetError, type Device, type OrtProvider, type Variant } from '@octet/domain';
import { z } from 'zod';
import type { OrtSessionOptions } from '../measuring-process/messages.js';
import { providerChain } from './provider-libraries.js';

const requestOptions = z.strictObject({
  interOpNumThreads: z.int().positive().optional(),
  executionMode: z.enum(['sequential', 'parallel']).optional(),
  graphOptimizationLevel: z.enum(['disabled', 'basic', 'extended', 'layout', 'all']).optional(),
  enableCpuMemArena: z.boolean().optional(),
  enableMemPattern: z.boolean().optional(),
  extra: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/** What a BuildRequest may ask of ONNX Runtime in `options`; everything else has the defaults below. */
export type OrtRequestOptions = z.infer<typeof requestOptions>;

const defaults = {
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableCpuMemArena: true,
  enableMemPattern: true,
  extra: {},
} as const;

/**
 * Every session option, spelled out, from the request's own and the defaults.
 *
 * @throws OctetError `engine-options-invalid` for an unknown or wrongly typed option.
 */
export function sessionOptions(
  device: Device,
  threads: number | null,
  asked: Record<string, unknown>,
  provider: OrtProvider = 'cpu',
): OrtSessionOptions {
  const parsed = requestOptions.safeParse(asked);
  if (!parsed.success) {
    throw new OctetError('engine-options-invalid', `ONNX Runtime options: ${z.prettifyError(parsed.error)}`);
  }
  const own = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  return {
    executionProviders: providerChain(provider),
    intraOpNumThreads: threads ?? (device.kind === 'cpu' ? device.threads : 1),
    ...defaults,
    ...own,
  };
}

/**
 * Threads wait for the next run awake, but for so long only, where ONNX Runtime lets them spin for some 30 ms (14 to 40 seen): engines that
 * take turns on the same processors would run against each other's waiting threads. Back to back a run takes the same with 100 us
 * to 3 ms and with ONNX Runtime's own (six models, two processors); right after another engine's turn 16 to 25 ms became the 8
 * that it takes.
 */
const briefSpin = { 'intra_op.spin_duration_us': '500' };

/**
 * A CPU's optimised model is loaded as it is: its graph was decided at build time. A GPU provider's session is made anew from the
 * model, since what it compiles and the copies between devices do not survive in a file.
 */
export function loadOptions(built: OrtSessionOptions): OrtSessionOptions {
  if (onGpu(built)) return built;
  const extra = { ...built.extra, session: { ...briefSpin, ...built.extra['session'] } };
  return { ...built, extra, graphOptimizationLevel: 'disabled' };
}

export function onGpu({ executionProviders }: OrtSessionOptions): boolean {
  return executionProviders.some((name) => name !== 'cpu');
}

/**
 * What CUDA's libraries are told by variables: the GPU, by UUID where it has one (CUDA and nvidia-smi may number them differently),
 * and TF32, which they use for FP32 unless it is forbidden (cuBLAS documentation, NVIDIA_TF32_OVERRIDE).
 */
export function gpuEnvironment(device: Device, variant: Variant): Record<string, string> {
  if (device.kind !== 'gpu') return {};
  const visible = /^(?:GPU|MIG)-/.test(device.id) ? device.id : String(device.index);
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: visible,
    ...(variant !== 'tf32' && { NVIDIA_TF32_OVERRIDE: '0' }),
  };
}

/** A user's own choice of optimisers is left alone. */
export function withoutMatMulAddFusion(options: OrtSessionOptions): OrtSessionOptions {
  const optimization = { disable_specified_optimizers: 'MatMulAddFusion', ...options.extra['optimization'] };
  return { ...options, extra: { ...options.extra, optimization } };
}
