import type { AccuracyBudget } from '@octet/domain';
import { formatBytes } from '../../format.js';

type Fact = string | number | boolean | null;

/** Facts that an agent records of its host and its work, by name: what people call them, and how their value reads. */
const known: Record<string, [string, (value: Fact) => string]> = {
  hostname: ['host', String],
  agentName: ['agent', String],
  agentVersion: ['agent version', String],
  nodeVersion: ['Node version', String],
  logicalCores: ['processors', String],
  loadAverage1m: ['load over a minute', (value) => Number(value).toFixed(2)],
  cpuGovernor: ['clock governor', String],
  virtualMachine: ['virtual machine', yesOrNo],
  onBattery: ['on battery', yesOrNo],
  steal: ['stolen by the hypervisor, before', percent],
  otherLoad: ['load by others, before', percent],
  swapUsedBytes: ['swap in use', bytes],
  temperatureC: ['temperature, before', celsius],
  criticalTemperatureC: ['critical temperature', celsius],
  clocksLockedMhz: ['clocks locked at', (value) => `${String(value)} MHz`],
  cacheHits: ['engines from the cache', String],
  engineBuilds: ['engines built', String],
  calibrations: ['calibrations run', String],
  keptProcesses: ['turns in a kept process', String],
  twinShare: ['share of trials with an A/A control', percent],
  accuracyInputsHeldOut: ['accuracy on inputs not calibrated with', yesOrNo],
};
/** Said under another name already. */
const repeated = new Set(['node', 'governor', 'memoryBytes', 'imported']);

/** Facts with a value, in words; those that this page does not know stand under their own name. */
export function factsInWords(facts: Readonly<Record<string, Fact | undefined>>): [string, string][] {
  return Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === undefined || repeated.has(name)) return [];
    const [word, read] = known[name] ?? [name, typeof value === 'boolean' ? yesOrNo : String];
    return [[word, read(value)]];
  });
}

/** `top1 falls by at most 0.02 (2 points)`, `cosine at least 0.99` */
export function budgetInWords(budget: AccuracyBudget): string {
  if ('atLeast' in budget) return `${budget.metric} at least ${budget.atLeast}`;
  return `${budget.metric} falls by at most ${Number((budget.maxDrop * 100).toPrecision(3))} points`;
}

function yesOrNo(value: Fact): string {
  return value === true ? 'yes' : 'no';
}

function percent(value: Fact): string {
  return `${Math.round(Number(value) * 100)} %`;
}

function bytes(value: Fact): string {
  return formatBytes(Number(value));
}

function celsius(value: Fact): string {
  return `${Math.round(Number(value))} °C`;
}
