import { Controller, Get, Query } from '@nestjs/common';
import { capabilityRows } from '@octet/domain';
import { routes, verdictsQuerySchema } from '@octet/protocol';
import type { VerdictsQuery } from '@octet/protocol';
import { ZodPipe } from '../edge/zod.pipe.js';
import { VerdictsService } from './verdicts.service.js';

@Controller()
export class VerdictsController {
  constructor(private readonly verdicts: VerdictsService) {}

  @Get(routes.verdicts)
  async find(@Query(new ZodPipe(verdictsQuerySchema)) query: VerdictsQuery) {
    return { schemaVersion: 1, results: await this.verdicts.find(query) };
  }

  /** The table that `unsupported` is decided by (design section 4). */
  @Get(routes.capabilities)
  capabilities() {
    return { schemaVersion: 1, rows: capabilityRows() };
  }
}
