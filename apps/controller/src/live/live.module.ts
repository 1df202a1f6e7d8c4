import { Module } from '@nestjs/common';
import { MatricesModule } from '../matrices/matrices.module.js';
import { LiveGateway } from './live.gateway.js';

@Module({ imports: [MatricesModule], providers: [LiveGateway] })
export class LiveModule {}
