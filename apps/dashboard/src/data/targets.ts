import type { ResultRow } from '@octet/domain';
import { classDetail } from '../format.js';

/** A device class and what ran on it: one column of the grid. */
export interface Target {
  deviceClass: string;
  deviceName: string;
  architecture: string;
  runtime: string;
  version: string | null;
}

/** `class runtime`: names a target in an address. */
export function targetKey({ deviceClass, runtime }: Pick<Target, 'deviceClass' | 'runtime'>): string {
  return `${deviceClass} ${runtime}`;
}

export function targetOfRow({ device, runtime }: Pick<ResultRow, 'device' | 'runtime'>): Target {
  return {
    deviceClass: device.class,
    deviceName: device.name,
    architecture: device.architecture,
    runtime: runtime.name,
    version: runtime.version,
  };
}

/** `NVIDIA A10, 24 GiB 150 W, tensorrt` */
export function targetText(target: Target): string {
  return [target.deviceName, classDetail(target.deviceClass), target.runtime].filter((part) => part !== '').join(', ');
}

/** `mlp-9` before `mlp-10`. */
export const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

/** Device classes keep their places while results come in. */
export function byName(a: Target, b: Target): number {
  return inOrder(targetText(a), targetText(b)) || inOrder(targetKey(a), targetKey(b));
}
