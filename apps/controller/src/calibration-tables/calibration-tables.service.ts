import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import { DataSource } from 'typeorm';
import { CalibrationTableEntity } from './calibration-table.entity.js';

/** Calibration tables by key, shared by all agents: the first one uploaded counts, so that all devices use the same ranges. */
@Injectable()
export class CalibrationTablesService {
  constructor(private readonly database: DataSource) {}

  async put(key: string, content: Buffer): Promise<{ sha256: string; stored: boolean }> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const inserted = await this.database.query<unknown[]>(
      `insert into calibration_tables (key, sha256, content) values ($1, $2, $3)
       on conflict (key) do nothing returning key`,
      [key, sha256, content],
    );
    if (inserted.length > 0) return { sha256, stored: true };
    return { sha256: (await this.get(key)).sha256, stored: false };
  }

  /** @throws OctetError `calibration-table-unknown`. */
  async get(key: string): Promise<CalibrationTableEntity> {
    const found = await this.database.getRepository(CalibrationTableEntity).findOneBy({ key });
    if (found !== null) return found;
    throw new OctetError('calibration-table-unknown', `No calibration table ${key} yet: compute it and PUT it here.`);
  }
}
