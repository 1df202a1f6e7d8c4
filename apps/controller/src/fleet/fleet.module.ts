import { Module } from '@nestjs/common';
import { MatricesModule } from '../matrices/matrices.module.js';
import { AgentStore } from './agent-store.js';
import { DutyService } from './duty.service.js';
import { FleetController } from './fleet.controller.js';
import { FleetGateway } from './fleet.gateway.js';
import { LaneStore } from './lane-store.js';
import { FleetService } from './fleet.service.js';

@Module({
  imports: [MatricesModule],
  controllers: [FleetController],
  providers: [AgentStore, DutyService, LaneStore, FleetService, FleetGateway],
})
export class FleetModule {}
