import type { RolloutPlan } from './rollout-plan.js';

/** Where Triton runs an instance; KIND_AUTO leaves it to Triton where nobody said what the device is. */
export type InstanceKind = 'KIND_GPU' | 'KIND_CPU' | 'KIND_AUTO';

/**
 * The fragment of a Triton Inference Server `config.pbtxt` that serves a plan: dynamic batching with preferred sizes and queue
 * delay, and instances (docs: "Model Configuration", `ModelDynamicBatching`, `ModelInstanceGroup`). Linear scheduling has no
 * dynamic batcher. Triton pads nothing and picks preferred sizes itself: multi-engine becomes preferred sizes with no delay.
 */
export function tritonConfig(plan: RolloutPlan, modelName: string, kind: InstanceKind): string {
  const largest = Math.max(...plan.engines);
  const lines = [
    `# ${plan.variant.replace(/\s+/g, ' ')} by ${plan.policy} scheduling, engines of batch ${plan.engines.join(', ')}: on each of ${plan.instances} device(s)`,
    `name: "${modelName.replace(/["\\\n]/g, '_')}"`,
    `max_batch_size: ${largest}`,
    `instance_group [ { kind: ${kind}, count: ${plan.streams} } ]`,
  ];
  if (plan.policy !== 'linear') {
    const delayUs = Math.round(plan.waitMs * 1000);
    lines.push(
      'dynamic_batching {',
      `  preferred_batch_size: [ ${plan.engines.filter((batch) => batch > 1).join(', ')} ]`,
      `  max_queue_delay_microseconds: ${delayUs}`,
      ...queuePolicy(plan),
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A plan that drops late requests needs a server that does so too (`ModelQueuePolicy`). */
function queuePolicy({ dropAfterMs }: RolloutPlan): string[] {
  if (dropAfterMs === null) return [];
  const us = Math.max(1, Math.round(dropAfterMs * 1000));
  return [`  default_queue_policy { timeout_action: REJECT, default_timeout_microseconds: ${us} }`];
}
