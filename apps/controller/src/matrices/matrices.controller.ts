import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { Matrix } from '@octet/domain';
import { matrixSchema, routes } from '@octet/protocol';
import { ZodPipe } from '../edge/zod.pipe.js';
import { MatricesService } from './matrices.service.js';
import { RerunService } from './rerun.service.js';

@Controller()
export class MatricesController {
  constructor(
    private readonly matrices: MatricesService,
    private readonly reruns: RerunService,
  ) {}

  @Post(routes.matrices)
  submit(@Body(new ZodPipe(matrixSchema)) matrix: Matrix) {
    return this.matrices.submit(matrix);
  }

  @Post(routes.plan)
  @HttpCode(200)
  plan(@Body(new ZodPipe(matrixSchema)) matrix: Matrix) {
    return this.matrices.plan(matrix);
  }

  @Get(routes.matrices)
  async list() {
    return { schemaVersion: 1, matrices: await this.matrices.list() };
  }

  @Get('/api/matrices/:reference')
  get(@Param('reference') reference: string) {
    return this.matrices.get(reference);
  }

  @Post('/api/matrices/:reference/cancel')
  @HttpCode(200)
  cancel(@Param('reference') reference: string) {
    return this.matrices.cancel(reference);
  }

  @Post('/api/matrices/:reference/rerun')
  rerunMatrix(@Param('reference') reference: string) {
    return this.matrices.rerun(reference);
  }

  @Post('/api/trials/:id/rerun')
  rerun(@Param('id') id: string) {
    return this.reruns.rerun(id);
  }
}
