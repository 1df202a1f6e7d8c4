import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import type { BuildRequest, BuiltEngine, LoadedEngine, OpenRequest, Runtime } from '../port.js';
import { MeasuringProcess, type CommandLimits } from '../measuring-process/client.js';
import { defaultWatchdogMs, openIsolatedEngine } from '../measuring-process/isolated-engine.js';
import { measureRound } from '../measuring-process/loop.js';
import { openNullSession } from './null-session.js';

export interface NullRuntimeOptions {
  /**
   * false: no process of its own. For benches of scheduling only, where starting a process would be all that is seen;
   * the harness's overhead is measured with the process.
   */
  isolated?: boolean;
  watchdogMs?: number;
}

const fileName = 'null.json';

/** A runtime that does nothing: it measures the harness's own overhead. Its numbers are nobody's inference. */
export function createNullRuntime(options: NullRuntimeOptions = {}): Runtime {
  const { isolated = true, watchdogMs = defaultWatchdogMs } = options;
  return {
    name: 'null',
    probe: () => Promise.resolve({ name: 'null', version: '1', providers: [], origin: 'octet' }),
    build: buildNull,
    open: (request) => (isolated ? openIsolated(request, watchdogMs) : Promise.resolve(openHere())),
  };
}

async function buildNull(request: BuildRequest): Promise<BuiltEngine> {
  if (request.signal.aborted) throw new OctetError('engine-cancelled', `${request.label}: cancelled.`);
  const content = JSON.stringify({ variant: request.variant, shapes: request.shapes });
  await writeFile(join(request.outputDir, fileName), content);
  return {
    dir: request.outputDir,
    manifest: {
      runtime: 'null',
      runtimeVersion: '1',
      variant: request.variant,
      shapes: request.shapes,
      threads: request.threads,
      options: {},
      buildNs: 0,
      sizeBytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      files: [fileName],
    },
  };
}

async function openIsolated(request: OpenRequest, watchdogMs: number): Promise<LoadedEngine> {
  const start = (): MeasuringProcess => new MeasuringProcess('null engine');
  const limits = (extraMs: number): CommandLimits => ({
    timeoutMs: watchdogMs + extraMs,
    signal: request.signal,
    timeoutCode: 'engine-timeout',
    failureCode: 'engine-failed',
    shorten: (message) => message,
  });
  return openIsolatedEngine({ start, source: { runtime: 'null' }, inputs: {}, limits, profile: noProfile });
}

function noProfile(): Promise<null> {
  return Promise.resolve(null);
}

function openHere(): LoadedEngine {
  const session = openNullSession();
  return {
    loadNs: session.loadNs,
    warmUp: () => Promise.resolve(0),
    measureRound: async ({ minRuns, maxDurationMs }) => ({
      latenciesNs: await measureRound(session, { minRuns, minDurationMs: 0, maxDurationMs }),
    }),
    renew: null,
    profile: noProfile,
    infer: (inputs) => session.infer(inputs),
    peakMemoryBytes: () => Promise.resolve(null),
    dispose: () => Promise.resolve(),
  };
}
