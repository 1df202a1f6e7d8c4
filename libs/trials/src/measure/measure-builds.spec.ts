import { defaultPlan, type RoundRecord, type TrialSpec } from '@octet/domain';
import type { BuiltEngine, LoadedEngine, Runtime } from '@octet/engines';
import { gpuDevice } from '@octet/testing';
import { expect, it } from 'vitest';
import type { TrialDeps } from '../deps.js';
import { ProgressTeller } from '../progress.js';
import type { TrialSource } from '../trial-source.js';
import { measureBuilds } from './measure-builds.js';
import { plannedEngine, type RebuildChanges, type TrialEngine } from './open-engine.js';

/** Each build of a label plays the next of these times, ns. */
const timesOf: Record<string, number[]> = { fp16: [1000, 1040, 990], int8: [950, 960, 1010] };

function source(study: TrialDeps['study'], name: Runtime['name'] = 'tensorrt'): TrialSource {
  const runtime = {
    name,
    open: ({ engine }: { engine: BuiltEngine }) =>
      Promise.resolve({
        loadNs: 0,
        renew: null,
        warmUp: () => Promise.resolve(1),
        measureRound: () => Promise.resolve({ latenciesNs: Float64Array.of(engine.manifest.buildNs) }),
        dispose: () => Promise.resolve(),
      } as Partial<LoadedEngine> as LoadedEngine),
  } as Partial<Runtime> as Runtime;
  const deps = { runtime, device: gpuDevice(), signal: new AbortController().signal, study } as Partial<TrialDeps>;
  const spec = { plan: defaultPlan, seed: 1 } as Partial<TrialSpec>;
  const progress = new ProgressTeller(() => undefined);
  return { spec, deps, progress, inputs: { batch: {} } } as unknown as TrialSource;
}

function engine(label: 'fp16' | 'int8', asked: RebuildChanges[], failsAt = Number.POSITIVE_INFINITY): TrialEngine {
  let build = 0;
  const planned = plannedEngine({ label, variant: label, recipe: null, refusal: null });
  planned.record.status = 'measured';
  planned.rebuild = (_, changes = {}) => {
    asked.push(changes);
    if (build >= failsAt) return Promise.reject(new Error('no memory'));
    const manifest = { sha256: `${label}-${build}`, sizeBytes: 7, buildNs: timesOf[label]?.[build++] ?? 0 };
    return Promise.resolve({ dir: '', manifest } as Partial<BuiltEngine> as BuiltEngine);
  };
  return planned;
}

const rounds = (float: number, int8: number): RoundRecord[] => [
  { index: 0, startedMs: 0, order: [], samples: { fp16: [float], int8: [int8] }, voided: null },
];

it('measures independent builds side by side, without a timing cache, where the gain is under 10 %', async () => {
  const asked: RebuildChanges[] = [];
  const builds = await measureBuilds(
    source({ builds: 3 }),
    [engine('fp16', asked), engine('int8', asked)],
    rounds(1000, 960),
  );
  expect(builds.map(({ index, engines }) => [index, engines['int8']])).toEqual([
    [0, { sha256: 'int8-0', buildNs: 950, sizeBytes: 7 }],
    [1, { sha256: 'int8-1', buildNs: 960, sizeBytes: 7 }],
    [2, { sha256: 'int8-2', buildNs: 1010, sizeBytes: 7 }],
  ]);
  expect(builds[1]?.roundMediansNs).toEqual({ fp16: Array(5).fill(1040), int8: Array(5).fill(960) });
  expect(asked).toEqual(Array(6).fill({ options: { timingCache: false } }));
});

it('builds nothing again where the gain is large, where it was not asked for, or where builds are equal', async () => {
  const asked: RebuildChanges[] = [];
  const pair = () => [engine('fp16', asked), engine('int8', asked)];
  expect(await measureBuilds(source({ builds: 3 }), pair(), rounds(1000, 700))).toEqual([]);
  expect(await measureBuilds(source({ builds: 1 }), pair(), rounds(1000, 960))).toEqual([]);
  expect(await measureBuilds(source({ builds: 3 }, 'onnxruntime'), pair(), rounds(1000, 960))).toEqual([]);
  expect(asked).toEqual([]);
});

it('keeps the builds that went well before one failed', async () => {
  const builds = await measureBuilds(
    source({ builds: 3 }),
    [engine('fp16', []), engine('int8', [], 2)],
    rounds(1000, 960),
  );
  expect(builds).toHaveLength(2);
});
