import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctetError } from '@octet/domain';
import type { BuildRequest, BuiltEngine, LoadedEngine, OpenRequest, Runtime, RoundSamples } from '../port.js';
import { streamsOf } from '../onnxruntime/with-streams.js';
import { engineScriptFor, parseScript, type EngineScript, type ParsedScript } from './script.js';

const fileName = 'scripted.json';

/**
 * Plays given times and layers: for tests and simulated fleets only. Its runtime name is `scripted`, so its numbers are
 * never shown as measured.
 *
 * @throws OctetError `script-invalid`.
 */
export function createScriptedRuntime(script: unknown): Runtime {
  const parsed = parseScript(script);
  return {
    name: 'scripted',
    probe: () => Promise.resolve({ name: 'scripted', version: parsed.version, providers: [], origin: 'a script' }),
    build: (request) => build(request, parsed),
    open: (request) => Promise.resolve(play(request)),
  };
}

async function build(request: BuildRequest, script: ParsedScript): Promise<BuiltEngine> {
  const engine = engineScriptFor(script, request.label, request.variant);
  if (engine.buildMs > request.timeLimitMs) {
    await wait(request.timeLimitMs, request.signal, request.label);
    throw new OctetError('build-timeout', `${request.label}: the scripted build takes longer than its limit.`);
  }
  await wait(engine.buildMs, request.signal, request.label);
  if (engine.buildFails !== null) throw new OctetError('build-failed', `${request.label}: ${engine.buildFails}`);
  const content = JSON.stringify(engine);
  await writeFile(join(request.outputDir, fileName), content);
  return {
    dir: request.outputDir,
    manifest: {
      runtime: 'scripted',
      runtimeVersion: script.version,
      variant: request.variant,
      shapes: request.shapes,
      threads: request.threads,
      options: { label: request.label, script: engine },
      buildNs: Math.round(engine.buildMs * 1e6),
      sizeBytes: engine.sizeBytes,
      sha256: createHash('sha256').update(content).digest('hex'),
      files: [fileName],
    },
  };
}

function play({ engine, signal }: OpenRequest): LoadedEngine {
  const { label, script } = engine.manifest.options as { label: string; script: EngineScript };
  const { layers } = script;
  let round = 0;
  return {
    loadNs: 0,
    streams: streamsOf(engine),
    warmUp: () => Promise.resolve(1),
    measureRound: () => playRound(label, script, ++round, signal),
    renew: null,
    profile: (runs) => Promise.resolve(layers === null ? null : { layers, runs }),
    infer: (inputs) => Promise.resolve(inputs),
    peakMemoryBytes: () => Promise.resolve(script.peakMemoryBytes),
    dispose: () => Promise.resolve(),
  };
}

async function playRound(
  label: string,
  script: EngineScript,
  round: number,
  signal: AbortSignal,
): Promise<RoundSamples> {
  if (script.crashesInRound === round) throw new OctetError('engine-crashed', `${label}: the script says so.`);
  if (script.hangsInRound === round) await untilCancelled(signal);
  await wait(script.roundMs, signal, label);
  const first = (round - 1) * script.samplesPerRound;
  const { latenciesNs } = script;
  const sample = (_: unknown, index: number): number => latenciesNs[(first + index) % latenciesNs.length] as number;
  return { latenciesNs: Float64Array.from({ length: script.samplesPerRound }, sample) };
}

async function wait(durationMs: number, signal: AbortSignal, label: string): Promise<void> {
  try {
    if (durationMs > 0) await sleep(durationMs, undefined, { signal });
    signal.throwIfAborted();
  } catch (cause) {
    throw new OctetError('engine-cancelled', `${label}: cancelled.`, { cause });
  }
}

async function untilCancelled(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
