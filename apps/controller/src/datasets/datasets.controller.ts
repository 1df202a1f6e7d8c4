import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { bundleUploadSchema, routes } from '@octet/protocol';
import type { BundleUpload } from '@octet/protocol';
import { Roles } from '../auth/auth.guard.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { DatasetsService } from './datasets.service.js';

@Controller()
export class DatasetsController {
  constructor(private readonly datasets: DatasetsService) {}

  @Post(routes.datasets)
  async register(@Body(new ZodPipe(bundleUploadSchema)) upload: BundleUpload) {
    return { schemaVersion: 1, dataset: await this.datasets.register(upload) };
  }

  @Get(routes.datasets)
  async list() {
    return { schemaVersion: 1, datasets: await this.datasets.list() };
  }

  @Get('/api/datasets/:reference')
  @Roles('admin', 'agent')
  async get(@Param('reference') reference: string) {
    return { schemaVersion: 1, dataset: await this.datasets.get(reference) };
  }
}
