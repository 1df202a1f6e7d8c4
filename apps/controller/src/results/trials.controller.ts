import { Controller, Get, Param, Query } from '@nestjs/common';
import { routes, trialQuerySchema, trialsQuerySchema } from '@octet/protocol';
import type { TrialQuery, TrialsQuery } from '@octet/protocol';
import { ZodPipe } from '../edge/zod.pipe.js';
import { TrialsService } from './trials.service.js';

@Controller()
export class TrialsController {
  constructor(private readonly trials: TrialsService) {}

  @Get(routes.trials)
  async list(@Query(new ZodPipe(trialsQuerySchema)) query: TrialsQuery) {
    return { schemaVersion: 1, trials: await this.trials.list(query) };
  }

  @Get('/api/trials/:id')
  get(@Param('id') id: string, @Query(new ZodPipe(trialQuerySchema)) query: TrialQuery) {
    return this.trials.get(id, query.samples === '1');
  }
}
