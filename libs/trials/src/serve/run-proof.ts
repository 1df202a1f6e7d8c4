import {
  OctetError,
  sizedSpec,
  type LatencyPoint,
  type ServeSpec,
  type TrialRecord,
  type TrialSpec,
} from '@octet/domain';
import { servedOrtEngine, type OpenRequest } from '@octet/engines';
import type { TrialDeps } from '../deps.js';
import { hostLock } from '../host/host-lock.js';
import { ProgressTeller } from '../progress.js';
import { runTrial } from '../run-trial.js';
import { provePlan, type ProofRequest } from './prove-plan.js';

/**
 * Serves real load by the plan of `spec.serve`: builds, opens and briefly runs each engine as a trial does, then serves with all of
 * them in one process, alone on this host. The record is that of the last engine's trial, with the outcome in `serving`.
 *
 * @throws OctetError `engine-missing` when an engine can't be built here, and the codes of `runTrial` and `serveLoad`.
 */
export async function runProof(spec: TrialSpec, serve: ServeSpec, deps: TrialDeps): Promise<TrialRecord> {
  const engines: ProofRequest['engines'] = [];
  let last: TrialRecord | null = null;
  for (const point of serve.points) {
    const { record, opened } = await openOne(sizedSpec({ ...spec, serve: undefined }, point.batch), point, deps);
    engines.push({ point, served: servedOrtEngine(opened.engine, point.batch, opened.inputs) });
    last = record;
  }
  if (last === null) throw new OctetError('engine-missing', 'A plan without engines can not be served.');
  const release = await (deps.hostLock ?? hostLock()).acquire('measure-alone', deps.signal);
  try {
    const { plan, seconds, seed } = serve;
    new ProgressTeller(deps.onProgress).tell('rounds', `serving ${plan.ratePerS.toFixed(1)}/s`, seconds);
    const serving = await provePlan({ plan, engines, seconds, seed, signal: deps.signal });
    return { ...last, spec, serving, endedAt: new Date().toISOString() };
  } finally {
    release();
  }
}

async function openOne(
  spec: TrialSpec,
  { batch }: LatencyPoint,
  deps: TrialDeps,
): Promise<{ record: TrialRecord; opened: OpenRequest }> {
  let opened: OpenRequest | null = null;
  const record = await runTrial(spec, { ...deps, onEngine: (request) => (opened = request), twinShare: 0 });
  const refusal = record.engines.find((engine) => engine.refusal !== null)?.refusal ?? null;
  if (opened === null || refusal !== null)
    throw new OctetError(
      'engine-missing',
      `The engine of batch ${batch} can not be served here: ${refusal?.message ?? 'it was not built'}`,
    );
  return { record, opened };
}
