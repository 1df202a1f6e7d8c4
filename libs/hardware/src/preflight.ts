import type { EnvironmentWarning } from '@octet/domain';

/** What was found before measuring. null: this machine does not tell. */
export interface HostState {
  /** Share of CPU time used by other programs just before measuring, 0..1. */
  otherLoad: number | null;
  /** Share stolen by the hypervisor, 0..1. */
  steal: number | null;
  governor: string | null;
  turbo: boolean | null;
  virtualMachine: string | null;
  swapUsedBytes: number | null;
  onBattery: boolean | null;
  temperatureC: number | null;
  /** Heat at which the CPU slows down, where it tells. */
  criticalTemperatureC: number | null;
}

type Check = (state: HostState) => EnvironmentWarning | null;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const checks: readonly Check[] = [
  ({ otherLoad }) =>
    otherLoad === null || otherLoad <= 0.1
      ? null
      : {
          id: 'busy-host',
          message: `Other programs use ${percent(otherLoad)} of the CPU.`,
          advice: 'Stop them, or wait until they are done: they take time and cache from what is measured.',
        },
  ({ steal }) =>
    steal === null || steal <= 0.01
      ? null
      : {
          id: 'cpu-steal',
          message: `The hypervisor gave ${percent(steal)} of the CPU's time to other machines.`,
          advice: 'Measure on a machine with cores of its own.',
        },
  ({ governor }) =>
    governor === null || governor === 'performance'
      ? null
      : {
          id: 'cpu-governor',
          message: `The CPU's frequency governor is ${governor}: clocks follow the load.`,
          advice: 'Set it for the time of measuring: cpupower frequency-set --governor performance',
        },
  ({ turbo }) =>
    turbo !== true
      ? null
      : {
          id: 'turbo',
          message: 'Turbo is on: the clock depends on how warm the CPU is and on how many cores work.',
          advice:
            'Ratios within a round stay fair. For steadier times turn it off (Intel: echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo).',
        },
  ({ virtualMachine }) =>
    virtualMachine === null
      ? null
      : {
          id: 'virtual-machine',
          message: `This is a virtual machine (${virtualMachine}): neighbours share its caches and memory, and its clock readings may be made up.`,
          advice: 'Take the verdict from ratios, and times from the machine that will serve.',
        },
  ({ swapUsedBytes }) =>
    swapUsedBytes === null || swapUsedBytes <= 64 * 2 ** 20
      ? null
      : {
          id: 'swap',
          message: `${Math.round(swapUsedBytes / 2 ** 20)} MiB are swapped out.`,
          advice: 'Free memory or turn swap off: a page that comes back from disk takes as long as a whole inference.',
        },
  ({ onBattery }) =>
    onBattery !== true
      ? null
      : {
          id: 'battery',
          message: 'The machine runs on its battery: power is limited.',
          advice: 'Plug it in.',
        },
  ({ temperatureC, criticalTemperatureC }) =>
    temperatureC === null || criticalTemperatureC === null || temperatureC < criticalTemperatureC - 10
      ? null
      : {
          id: 'hot',
          message: `The CPU is at ${Math.round(temperatureC)} °C and slows down at ${Math.round(criticalTemperatureC)} °C.`,
          advice: 'Let it cool down, and look after its fans.',
        },
];

/** What speaks against measuring here and now; nothing is forbidden by it. */
export function preflightWarnings(state: HostState): EnvironmentWarning[] {
  return checks.map((check) => check(state)).filter((warning) => warning !== null);
}
