import { planRollout, type RolloutAnswer, type RolloutPlan, type RolloutRequest } from '@octet/domain';

export interface PlanAnswer {
  id: number;
  answer: RolloutAnswer;
  /** The highest rate of each way and variant under rising latency bounds. */
  frontier: { p99Ms: number; variant: string; policy: RolloutPlan['policy']; throughputPerS: number }[];
}

/** Bounds around the one that is asked for, which itself may be any: the middle one has the plan's. */
const boundFactors = [0.25, 0.5, 1, 2, 4];
/** Fewer than the plan's own: the frontier asks many times. */
const frontierRequests = 800;

/** Simulating takes a second or so: it runs beside the page. */
addEventListener('message', (event: MessageEvent<{ id: number; request: RolloutRequest }>) => {
  const { id, request } = event.data;
  const answer = planRollout(request);
  // The frontier asks many times more: the plan is shown before it, and each bound as it comes.
  const frontier: PlanAnswer['frontier'] = [];
  postMessage({ id, answer, frontier } satisfies PlanAnswer);
  for (const factor of boundFactors) {
    frontier.push(...frontierAt(request, factor));
    postMessage({ id, answer, frontier } satisfies PlanAnswer);
  }
});

/** At a bound of so many times the one asked for. */
function frontierAt(request: RolloutRequest, factor: number): PlanAnswer['frontier'] {
  const p99Ns = request.p99Ns * factor;
  const { plan } = planRollout({ ...request, p99Ns, ratePerS: null, requests: frontierRequests });
  if (plan === null) return [];
  const { alternatives, ...best } = plan;
  return [best, ...alternatives].map(({ variant, policy, throughputPerS }) => ({
    p99Ms: p99Ns / 1e6,
    variant,
    policy,
    throughputPerS,
  }));
}
