import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endToEndNs, type RoundRecord } from '@octet/domain';
import type { TrialSource } from '../trial-source.js';
import type { TrialEngine } from './open-engine.js';

/** Below this gain another build could change the answer (design.md section 6). */
const closeGain = 0.1;
/** A build starts a process and reads the model, besides what its manifest counts. */
const buildOverheadMs = 1_500;

/** What building an engine again gave, kept in the engine's record (`build.options.rebuilt`). */
export interface Rebuilt {
  builds: number;
  /** The second build is the first one byte for byte: building thrice would measure the same engine thrice. */
  sameEngine: boolean;
  sha256: string;
}

/**
 * Where the gain is under 10 %: builds both engines of the pair once more and records whether the same engine came out. A
 * runtime whose builds are equal byte for byte has no variance between builds, so nothing is measured again. Asked once for
 * an engine (the answer is kept in the cache), and only if the plan's seconds leave the time.
 */
export async function checkRebuilds(
  source: TrialSource,
  engines: readonly TrialEngine[],
  rounds: readonly RoundRecord[],
  leftMs: number,
): Promise<void> {
  if (buildsDiffer(source)) return;
  let left = leftMs;
  for (const engine of closePairs(engines, rounds)) {
    const known = await knownRebuild(source, engine);
    const needMs = (engine.record.build?.buildNs ?? 0) / 1e6 + buildOverheadMs;
    if (known === null && needMs > left) continue;
    if (known === null) left -= needMs;
    const rebuilt = known ?? (await rebuild(source, engine));
    const { build } = engine.record;
    if (rebuilt !== null && build !== null) build.options = { ...build.options, rebuilt };
  }
}

/** Two builds of TensorRT are never equal byte for byte: they are measured instead (`measure-builds.ts`). */
export function buildsDiffer({ deps }: TrialSource): boolean {
  return deps.runtime.name === 'tensorrt';
}

/** Engines of pairs whose medians lie within 10 %; twins are the same engine as the float they repeat. */
export function closePairs(engines: readonly TrialEngine[], rounds: readonly RoundRecord[]): TrialEngine[] {
  const timed = engines.flatMap((engine) => {
    const ns = engine.record.status === 'measured' ? endToEndNs(rounds, engine.plan.label) : null;
    return ns === null || engine.rebuild === null ? [] : [{ engine, ns }];
  });
  const floats = timed.filter(({ engine }) => engine.plan.variant !== 'int8');
  const fastest = floats.toSorted((a, b) => a.ns - b.ns)[0];
  if (fastest === undefined) return [];
  const close = timed.filter(
    ({ engine, ns }) => engine.plan.variant === 'int8' && Math.abs(fastest.ns / ns - 1) < closeGain,
  );
  return close.length === 0 ? [] : [fastest.engine, ...close.map(({ engine }) => engine)];
}

const rebuildVersion = 1;

function keyOf(engine: TrialEngine): Record<string, unknown> {
  return { kind: 'rebuilt', sha256: engine.built?.manifest.sha256, identity: engine.identity, rebuildVersion };
}

async function knownRebuild({ deps }: TrialSource, engine: TrialEngine): Promise<Rebuilt | null> {
  const found = await deps.caches.models.get(keyOf(engine));
  return found === null ? null : (found.meta as Rebuilt);
}

/** null where the second build failed: the first one stands, and its times. */
async function rebuild(source: TrialSource, engine: TrialEngine): Promise<Rebuilt | null> {
  const { deps, progress } = source;
  progress.tell('build', `${engine.plan.label}: once more, to see whether builds differ`);
  const outputDir = await mkdtemp(join(tmpdir(), 'octet-rebuild-'));
  try {
    const again = await engine.rebuild?.(outputDir);
    if (again === undefined) return null;
    const { sha256 } = again.manifest;
    const rebuilt: Rebuilt = { builds: 2, sameEngine: sha256 === engine.built?.manifest.sha256, sha256 };
    await deps.caches.models.put(keyOf(engine), () => Promise.resolve(rebuilt));
    return rebuilt;
  } catch {
    deps.signal.throwIfAborted();
    return null;
  } finally {
    await rm(outputDir, { recursive: true, force: true });
  }
}
