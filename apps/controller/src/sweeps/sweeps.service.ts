import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { MeasuredSweep } from '@octet/domain';
import type { StoredSweep } from '@octet/protocol';
import { DataSource } from 'typeorm';

/** A grid is some 10 kB: this is what a page can hold. */
const mostSweeps = 200;

interface SweepRow {
  id: string;
  document: StoredSweep;
  storedAt: Date;
}

/** Grids over weights and input size, as they were measured. */
@Injectable()
export class SweepsService {
  constructor(private readonly database: DataSource) {}

  /** The same grid again answers with the one that is there. */
  async store(sweep: MeasuredSweep): Promise<StoredSweep> {
    const { device, runtime, definition, measuredAt } = sweep;
    const [row] = await this.database.query<SweepRow[]>(
      `insert into sweeps (id, device_class, runtime, family, measured_at, document) values ($1, $2, $3, $4, $5, $6)
       on conflict (device_class, runtime, family, measured_at) do update set document = sweeps.document
       returning id, document, stored_at as "storedAt"`,
      [randomUUID(), device.class, runtime.name, definition.family, measuredAt, JSON.stringify(sweep)],
    );
    return storedSweep(row!);
  }

  async list(): Promise<StoredSweep[]> {
    const rows = await this.database.query<SweepRow[]>(
      `select id, document, stored_at as "storedAt" from sweeps order by measured_at desc, id limit ${mostSweeps}`,
    );
    return rows.map(storedSweep);
  }
}

function storedSweep({ id, document, storedAt }: SweepRow): StoredSweep {
  return { ...document, id, storedAt: storedAt.toISOString() };
}
