import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import {
  curvesQuerySchema,
  proofRequestSchema,
  proofsQuerySchema,
  routes,
  type CurvesQuery,
  type ProofRequest,
  type ProofsQuery,
} from '@octet/protocol';
import { ZodPipe } from '../edge/zod.pipe.js';
import { CurvesService } from './curves.service.js';
import { ProofsService } from './proofs.service.js';

@Controller()
export class RolloutsController {
  constructor(
    private readonly curves: CurvesService,
    private readonly proofs: ProofsService,
  ) {}

  @Get(routes.curves)
  read(@Query(new ZodPipe(curvesQuerySchema)) query: CurvesQuery) {
    return this.curves.read(query);
  }

  @Post(routes.proofs)
  request(@Body(new ZodPipe(proofRequestSchema)) asked: ProofRequest) {
    return this.proofs.request(asked);
  }

  @Get(routes.proofs)
  async list(@Query(new ZodPipe(proofsQuerySchema)) query: ProofsQuery) {
    return { schemaVersion: 1, proofs: await this.proofs.list(query) };
  }
}
