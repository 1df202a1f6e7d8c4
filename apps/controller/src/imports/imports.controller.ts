import { Body, Controller, Post } from '@nestjs/common';
import { importUploadSchema, routes } from '@octet/protocol';
import type { ImportUpload } from '@octet/protocol';
import { Roles } from '../auth/auth.guard.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { ImportsService } from './imports.service.js';

@Controller()
@Roles('admin')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post(routes.imports)
  store(@Body(new ZodPipe(importUploadSchema)) upload: ImportUpload) {
    return this.imports.store(upload);
  }
}
