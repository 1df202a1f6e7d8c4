import type { ClassedLayer } from '@octet/domain';
import { kernelFacts, type KernelFacts, type KernelUnit } from './kernel-name.js';

export interface KernelShare {
  sm: number | null;
  unit: KernelUnit | null;
  tensorCores: KernelFacts['tensorCores'];
  operand: KernelFacts['operand'];
  layers: number;
  /** Part of the sum of all layers; null without a profile. */
  timeShare: number | null;
}

/** Which kernels really ran, by what their names tell, the most time first. Layers without a kernel name are left out. */
export function kernelSummary(layers: readonly ClassedLayer[]): KernelShare[] {
  const total = layers.reduce((sum, layer) => sum + (layer.timeNs ?? 0), 0);
  const groups = new Map<string, KernelGroup>();
  const byName = new Map<string, KernelGroup>();
  for (const layer of layers) {
    if (layer.kernel === null) continue;
    const group = byName.get(layer.kernel) ?? groupOf(groups, layer.kernel);
    byName.set(layer.kernel, group);
    group.layers++;
    group.timeNs += layer.timeNs ?? 0;
  }
  return [...groups.values()]
    .sort((a, b) => b.timeNs - a.timeNs)
    .map((group) => ({
      ...group.facts,
      layers: group.layers,
      timeShare: total > 0 ? group.timeNs / total : null,
    }));
}

interface KernelGroup {
  facts: KernelFacts;
  layers: number;
  timeNs: number;
}

function groupOf(groups: Map<string, KernelGroup>, kernel: string): KernelGroup {
  const facts = kernelFacts(kernel);
  const key = JSON.stringify(facts);
  const group = groups.get(key) ?? { facts, layers: 0, timeNs: 0 };
  groups.set(key, group);
  return group;
}

/** The float type that an engine's computing layers mostly work in: names the variant of a float engine nobody labelled. */
export function floatVariantOf(layers: readonly ClassedLayer[]): 'fp32' | 'tf32' | 'fp16' | 'bf16' {
  const timeBy = new Map<string, number>();
  for (const layer of layers) {
    if (layer.class !== 'float') continue;
    const type =
      layer.kernel !== null && kernelFacts(layer.kernel).operand === 'tf32' ? 'tf32' : layer.inputs[0]?.dataType;
    if (type !== undefined) timeBy.set(type, (timeBy.get(type) ?? 0) + (layer.timeNs ?? 1));
  }
  for (const variant of ['bf16', 'fp16', 'tf32'] as const) {
    const most = Math.max(...timeBy.values());
    if (timeBy.has(variant) && timeBy.get(variant) === most) return variant;
  }
  return 'fp32';
}
