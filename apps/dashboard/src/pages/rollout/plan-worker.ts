import { planRollout, type RolloutAnswer, type RolloutPlan, type RolloutRequest } from '@octet/domain';

export interface PlanAnswer {
  id: number;
  answer: RolloutAnswer;
  /** The highest rate of each way and variant under rising latency bounds. */
  frontier: { p99Ms: number; variant: string; policy: RolloutPlan['policy']; throughputPerS: number }[];
}

const boundFactors = [1.3, 2, 3, 5, 9];
/** Fewer than the plan's own: the frontier asks many times. */
const frontierRequests = 800;

/** Simulating takes a second or so: it runs beside the page. */
addEventListener('message', (event: MessageEvent<{ id: number; request: RolloutRequest }>) => {
  const { id, request } = event.data;
  const answer = planRollout(request);
  // The frontier asks many times more: the plan is shown before it.
  postMessage({ id, answer, frontier: [] } satisfies PlanAnswer);
  postMessage({ id, answer, frontier: frontierOf(request) } satisfies PlanAnswer);
});

function frontierOf(request: RolloutRequest): PlanAnswer['frontier'] {
  const fastest = Math.min(...request.curves.flatMap((curve) => curve.points.map((point) => point.timeNs)));
  return boundFactors.flatMap((factor) => {
    const p99Ns = fastest * factor;
    const { plan } = planRollout({ ...request, p99Ns, ratePerS: null, requests: frontierRequests });
    if (plan === null) return [];
    const { alternatives, ...best } = plan;
    return [best, ...alternatives].map(({ variant, policy, throughputPerS }) => ({
      p99Ms: p99Ns / 1e6,
      variant,
      policy,
      throughputPerS,
    }));
  });
}
