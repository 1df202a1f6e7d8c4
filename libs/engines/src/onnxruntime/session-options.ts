import { OctetError, type Device } from '@octet/domain';
import { z } from 'zod';
import type { OrtSessionOptions } from '../measuring-process/messages.js';

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
): OrtSessionOptions {
  const parsed = requestOptions.safeParse(asked);
  if (!parsed.success) {
    throw new OctetError('engine-options-invalid', `ONNX Runtime options: ${z.prettifyError(parsed.error)}`);
  }
  const own = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads ?? (device.kind === 'cpu' ? device.threads : 1),
    ...defaults,
    ...own,
  };
}

/** The optimised model is loaded as it is: its graph was decided at build time. */
export function loadOptions(built: OrtSessionOptions): OrtSessionOptions {
  return { ...built, graphOptimizationLevel: 'disabled' };
}

/** A user's own choice of optimisers is left alone. */
export function withoutMatMulAddFusion(options: OrtSessionOptions): OrtSessionOptions {
  const optimization = { disable_specified_optimizers: 'MatMulAddFusion', ...options.extra['optimization'] };
  return { ...options, extra: { ...options.extra, optimization } };
}
