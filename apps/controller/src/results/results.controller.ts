import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { resultEnvelopeSchema, routes } from '@octet/protocol';
import type { ResultEnvelope } from '@octet/protocol';
import { Roles } from '../auth/auth.guard.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { ResultsService } from './results.service.js';

@Controller()
@Roles('agent')
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

  /** 200 is an acknowledgement, accepted or not: the agent may delete its copy. */
  @Post(routes.results)
  @HttpCode(200)
  accept(@Body(new ZodPipe(resultEnvelopeSchema)) envelope: ResultEnvelope) {
    return this.results.accept(envelope);
  }
}
