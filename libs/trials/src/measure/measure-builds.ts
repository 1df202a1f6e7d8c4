import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildRecord, RoundRecord } from '@octet/domain';
import type { BuiltEngine, LoadedEngine } from '@octet/engines';
import { wholeStudy } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import { modeRounds, roundMedians } from './mode-rounds.js';
import type { TrialEngine } from './open-engine.js';
import { buildsDiffer, closePairs } from './rebuild.js';

/** Rounds of each build: the builds together have enough for an interval. */
const roundsOfBuild = 5;
const roundMs = 200;
/** Starting a process, loading and warming up, for each engine in each round. */
const longestRoundMs = 30_000;

/**
 * Where the gain is under 10 %: independent builds of the fastest float and of the INT8 engines close to it, without a timing
 * cache, each measured side by side in a few rounds. Another build can give another engine; how far apart they lie belongs
 * into the interval. Only for runtimes whose builds differ. A build that fails ends it: fewer builds say less, none nothing.
 */
export async function measureBuilds(
  source: TrialSource,
  engines: readonly TrialEngine[],
  rounds: readonly RoundRecord[],
): Promise<BuildRecord[]> {
  const wanted = source.deps.study?.builds ?? wholeStudy.builds;
  const close = buildsDiffer(source) && wanted >= 2 ? closePairs(engines, rounds) : [];
  const builds: BuildRecord[] = [];
  for (let index = 0; index < wanted && close.length > 0; index++) {
    const record = await measureBuild(source, close, index, wanted);
    if (record === null) break;
    builds.push(record);
  }
  return builds;
}

async function measureBuild(
  source: TrialSource,
  engines: readonly TrialEngine[],
  index: number,
  of: number,
): Promise<BuildRecord | null> {
  const { deps, progress } = source;
  const folder = await mkdtemp(join(tmpdir(), 'octet-builds-'));
  const opened = new Map<string, LoadedEngine>();
  try {
    const built = new Map<string, BuiltEngine>();
    for (const engine of engines) {
      const { label } = engine.plan;
      progress.tell('build', `${label}: independent build ${index + 1} of ${of}`);
      const again = await engine.rebuild?.(await mkdtemp(join(folder, 'engine-')), { options: { timingCache: false } });
      if (again === undefined) return null;
      built.set(label, again);
    }
    progress.tell('rounds', `independent build ${index + 1} of ${of}`);
    for (const [label, engine] of built) opened.set(label, await openWarm(source, engine));
    const measured = await modeRounds(source, opened, {
      roundMs,
      rounds: roundsOfBuild,
      maxMs: longestRoundMs * roundsOfBuild * engines.length,
    });
    return measured === null ? null : buildRecord(index, built, measured);
  } catch {
    deps.signal.throwIfAborted();
    return null;
  } finally {
    await Promise.all([...opened.values()].map((engine) => engine.dispose()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function openWarm({ deps, inputs }: TrialSource, engine: BuiltEngine): Promise<LoadedEngine> {
  const loaded = await deps.runtime.open({ engine, device: deps.device, inputs: inputs.batch, signal: deps.signal });
  await loaded.warmUp();
  return loaded;
}

function buildRecord(
  index: number,
  built: ReadonlyMap<string, BuiltEngine>,
  rounds: readonly RoundRecord[],
): BuildRecord {
  const engines = [...built].map(([label, { manifest }]) => {
    const { sha256, buildNs, sizeBytes } = manifest;
    return [label, { sha256, buildNs, sizeBytes }] as const;
  });
  return {
    index,
    engines: Object.fromEntries(engines),
    roundMediansNs: Object.fromEntries([...built.keys()].map((label) => [label, roundMedians(rounds, label)])),
  };
}
