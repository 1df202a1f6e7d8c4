import { supports, type Recipe, type Variant } from '@octet/domain';
import type { AgentDocument } from '@octet/protocol';

/** `why` null: it runs. */
export interface Ability {
  why: string | null;
}

export interface DeviceAbilities {
  deviceClass: string;
  deviceName: string;
  runtime: string;
  version: string;
  answers: Record<Variant, Ability>;
}

/** What INT8 is asked with: the recipe that every runtime takes. */
const plainRecipe: Recipe = {
  scheme: 'static-symmetric',
  calibrator: 'max',
  weightBits: 8,
  granularity: 'per-channel',
  exclude: [],
  placement: 'explicit',
};

/** One row for each device class, runtime and version of the fleet: the answers that decide what is measured. */
export function abilitiesOf(agents: readonly Pick<AgentDocument, 'slots'>[]): DeviceAbilities[] {
  const rows = new Map<string, DeviceAbilities>();
  for (const { device, deviceClass, runtimes } of agents.flatMap((agent) => agent.slots)) {
    for (const runtime of runtimes) {
      const answer = (variant: Variant): Ability => {
        const given = supports(device, runtime, variant, variant === 'int8' ? plainRecipe : null);
        return { why: given.ok ? null : given.message };
      };
      const answers = {
        fp32: answer('fp32'),
        tf32: answer('tf32'),
        fp16: answer('fp16'),
        bf16: answer('bf16'),
        int8: answer('int8'),
      };
      const { name, version } = runtime;
      const row = { deviceClass, deviceName: device.name, runtime: name, version, answers };
      rows.set(`${deviceClass} ${name} ${version}`, row);
    }
  }
  return [...rows.values()].sort((a, b) => a.deviceClass.localeCompare(b.deviceClass));
}
