import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { bundleUploadSchema, routes } from '@octet/protocol';
import type { BundleUpload } from '@octet/protocol';
import { Roles } from '../auth/auth.guard.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { ModelsService } from './models.service.js';

@Controller()
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Post(routes.models)
  async register(@Body(new ZodPipe(bundleUploadSchema)) upload: BundleUpload) {
    return { schemaVersion: 1, model: await this.models.register(upload) };
  }

  @Get(routes.models)
  async list() {
    return { schemaVersion: 1, models: await this.models.list() };
  }

  @Get('/api/models/:reference')
  @Roles('admin', 'agent')
  async get(@Param('reference') reference: string) {
    return { schemaVersion: 1, model: await this.models.get(reference) };
  }
}
