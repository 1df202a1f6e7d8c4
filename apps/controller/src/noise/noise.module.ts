import { Module } from '@nestjs/common';
import { NoiseController } from './noise.controller.js';
import { NoiseService } from './noise.service.js';

@Module({ controllers: [NoiseController], providers: [NoiseService] })
export class NoiseModule {}
