import { Controller, Get, Param, Put, Req, Res, StreamableFile } from '@nestjs/common';
import { routes, sha256Schema } from '@octet/protocol';
import type { Request, Response } from 'express';
import { Roles } from '../auth/auth.guard.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { BlobsService } from './blobs.service.js';

const digest = new ZodPipe(sha256Schema);

@Controller()
@Roles('admin', 'agent')
export class BlobsController {
  constructor(private readonly blobs: BlobsService) {}

  @Put(routes.blob(':sha256'))
  async put(@Param('sha256', digest) sha256: string, @Req() request: Request) {
    const { sizeBytes, stored } = await this.blobs.put(sha256, request);
    return { schemaVersion: 1, sha256, sizeBytes, stored };
  }

  /** Also answers HEAD: the content's length without its bytes. */
  @Get(routes.blob(':sha256'))
  async get(
    @Param('sha256', digest) sha256: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { sizeBytes, content } = await this.blobs.open(sha256);
    response.set({ 'Content-Type': 'application/octet-stream', 'Content-Length': String(sizeBytes) });
    if (request.method !== 'HEAD') return new StreamableFile(content);
    content.destroy();
    return undefined;
  }
}
