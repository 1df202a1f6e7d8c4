import type { RuntimeProbe } from '@octet/domain';
import type { Runtime } from '../port.js';
import type { AllowedPlugin } from './build-options.js';
import { buildEngine } from './trt-build.js';
import { openEngine } from './trt-engine.js';
import { trtHost } from './trt-host.js';
import { probeTrtexec, type TrtexecProbe } from './trtexec-probe.js';

export interface TensorRtOptions {
  /** Program (and arguments) to take instead of looking for trtexec. */
  command?: readonly string[];
  /** Folder of the timing caches shared within device classes; absent: no timing cache. */
  timingCacheDir?: string;
  /** Plugin libraries that the operator allows. */
  plugins?: readonly AllowedPlugin[];
  /** Time that a hung launch is waited for beyond what its plan needs; covers loading the engine. */
  watchdogMs?: number;
  /** Speak the nearest known dialect of an unknown version. */
  force?: boolean;
}

/**
 * TensorRT 8.4 to 11 by processes of trtexec, the tool that users trust and can run again by hand: builds, measures, profiles and
 * infers.
 */
export function createTensorRtRuntime(options: TensorRtOptions = {}): Runtime {
  let probed: Promise<TrtexecProbe> | null = null;
  const ask = (): Promise<TrtexecProbe> =>
    (probed ??= probeTrtexec(options.command === undefined ? {} : { command: options.command }));
  const settings = { timingCacheDir: options.timingCacheDir ?? null, plugins: options.plugins ?? [] };
  return {
    name: 'tensorrt',
    probe: async () => asRuntimeProbe(await ask()),
    whyAbsent: async () => {
      const probe = await ask();
      return probe.found ? null : { code: probe.code, message: probe.message };
    },
    build: async (request) => buildEngine(request, await ask(), settings),
    open: async (request) =>
      openEngine(request, trtHost(await ask(), options.force ?? false), { watchdogMs: options.watchdogMs ?? 60_000 }),
  };
}

function asRuntimeProbe(probe: TrtexecProbe): RuntimeProbe | null {
  return probe.found ? { name: 'tensorrt', version: probe.version, providers: [], origin: probe.path } : null;
}
