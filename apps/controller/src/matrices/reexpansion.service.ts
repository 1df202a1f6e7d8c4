import { Injectable, Logger } from '@nestjs/common';
import { expandMatrix, isOctetError, type Matrix } from '@octet/domain';
import { DataSource } from 'typeorm';
import { LanesService } from '../lanes/lanes.service.js';
import type { Ticket } from '../lanes/trial-store.js';
import { knownClasses } from './known-classes.js';
import { MatrixResolver } from './matrix-resolver.js';
import { writeExpansion } from './write-expansion.js';

/** A class or runtime is new to the fleet: matrices that wait for one are expanded again. */
@Injectable()
export class ReexpansionService {
  private readonly logger = new Logger('matrices');

  constructor(
    private readonly database: DataSource,
    private readonly resolver: MatrixResolver,
    private readonly lanes: LanesService,
  ) {}

  async reexpandWaiting(): Promise<void> {
    const waiting = await this.database.query<{ id: string }[]>(
      `select id from matrices where not cancelled and waiting <> '[]' order by created_at`,
    );
    for (const { id } of waiting) {
      try {
        this.lanes.enqueueSoon(await this.reexpand(id));
      } catch (error) {
        if (!isOctetError(error)) throw error;
        this.logger.warn(`matrix ${id} can't be expanded again: ${error.message}`);
      }
    }
  }

  private async reexpand(id: string): Promise<Ticket[]> {
    const [stored] = await this.database.query<{ document: Matrix }[]>('select document from matrices where id = $1', [
      id,
    ]);
    if (stored === undefined) return [];
    const { matrix, models } = await this.resolver.resolve(stored.document);
    return this.database.transaction(async (manager) => {
      const [open] = await manager.query<unknown[]>(
        'select id from matrices where id = $1 and not cancelled for update',
        [id],
      );
      if (open === undefined) return [];
      return writeExpansion(manager, id, matrix.priority, expandMatrix(matrix, models, await knownClasses(manager)));
    });
  }
}
