import { Module } from '@nestjs/common';
import { BlobsController } from './blobs.controller.js';
import { BlobsService } from './blobs.service.js';
import { BundlesService } from './bundles.service.js';

@Module({
  controllers: [BlobsController],
  providers: [BlobsService, BundlesService],
  exports: [BlobsService, BundlesService],
})
export class BlobsModule {}
