import type { KnownClass } from '@octet/domain';
import type { EntityManager } from 'typeorm';

/** Every class that some agent has announced. */
export function knownClasses(manager: EntityManager): Promise<KnownClass[]> {
  return manager.query<KnownClass[]>(
    'select device_class as "deviceClass", device, runtimes from device_classes order by device_class',
  );
}
