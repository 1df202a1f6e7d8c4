import { Body, Controller, Get, Post } from '@nestjs/common';
import type { MeasuredSweep } from '@octet/domain';
import { routes, sweepUploadSchema } from '@octet/protocol';
import { ZodPipe } from '../edge/zod.pipe.js';
import { SweepsService } from './sweeps.service.js';

@Controller()
export class SweepsController {
  constructor(private readonly sweeps: SweepsService) {}

  @Get(routes.sweeps)
  async list() {
    return { schemaVersion: 1, sweeps: await this.sweeps.list() };
  }

  @Post(routes.sweeps)
  async store(@Body(new ZodPipe(sweepUploadSchema)) sweep: MeasuredSweep) {
    return { schemaVersion: 1, sweep: await this.sweeps.store(sweep) };
  }
}
