import { OctetError, proofRepetitions, type RolloutPlan, type ServedPlan, type ServingProof } from '@octet/domain';
import { routes, type CurvesDocument, type MatrixDocument, type ProofList } from '@octet/protocol';
import { ControllerClient } from './controller-client.js';
import { followMatrix } from './follow-matrix.js';
import { provePlanHere } from './local-rollout.js';
import { note } from './output.js';
import type { RolloutCurves, RolloutOptions } from './rollout-curves.js';
import { positiveNumber, wholeNumber } from './rollout-input.js';

/**
 * The time of --prove, checked before anything is planned.
 *
 * @throws OctetError `option-invalid`, also for latencies from elsewhere: there is nothing to serve with.
 */
export function provingSeconds({ local, fleet }: RolloutCurves, text: string): number {
  if (local === null && fleet === null)
    throw new OctetError(
      'option-invalid',
      '--prove needs engines: name a model that the fleet has measured, or give MODEL.onnx with --here.',
    );
  const seconds = positiveNumber('--prove', text);
  if (seconds > 600) throw new OctetError('option-invalid', `--prove ${text}: at most 600 seconds.`);
  return seconds;
}

/**
 * Serves one device's share of the plan's load, each time for `seconds`: on this machine where its engines were measured here, else on an agent
 * of the device class.
 *
 * @throws OctetError the trial's own code when it failed.
 */
export async function prove(
  found: RolloutCurves,
  plan: RolloutPlan,
  seconds: number,
  options: RolloutOptions,
  signal: AbortSignal,
): Promise<ServingProof> {
  const seed = wholeNumber('--seed', options.seed, 0);
  const served = servedPlan(plan);
  note(`serving ${served.ratePerS.toFixed(1)} requests a second, ${proofRepetitions} times ${seconds} s`);
  if (found.local !== null) return provePlanHere(served, found.local, seconds, seed, signal);
  return proveOnFleet(served, found.fleet!, seconds, seed, signal);
}

/** One device of the plan, under its share of the rate. */
function servedPlan({ variant, policy, engines, waitMs, throughputPerS, instances }: RolloutPlan): ServedPlan {
  return { variant, policy, engines, waitMs, ratePerS: throughputPerS / instances };
}

async function proveOnFleet(
  plan: ServedPlan,
  { model, deviceClass, runtime }: CurvesDocument,
  seconds: number,
  seed: number,
  signal: AbortSignal,
): Promise<ServingProof> {
  const client = new ControllerClient();
  const asked = { model: model.sha256, class: deviceClass, runtime, plan, seconds, seed };
  const { matrix, trials } = await client.post<MatrixDocument>(routes.proofs, asked);
  await followMatrix(client, matrix.id, signal);
  const { proofs } = await client.get<ProofList>(`${routes.proofs}?trial=${trials[0]!.id}`);
  const { proof = null, error = null } = proofs[0] ?? {};
  if (proof !== null) return proof;
  throw new OctetError(
    error?.code ?? 'proof-missing',
    error?.message ?? 'The trial ended without a proof: look at its history on the dashboard.',
  );
}
