import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { agentOrderSchema, routes, type AgentOrder } from '@octet/protocol';
import { CONFIG } from '../config.js';
import type { ControllerConfig } from '../config.js';
import { ZodPipe } from '../edge/zod.pipe.js';
import { AgentStore } from './agent-store.js';
import { DutyService } from './duty.service.js';
import { LaneStore } from './lane-store.js';

@Controller()
export class FleetController {
  private readonly silentMs: number;

  constructor(
    private readonly agents: AgentStore,
    private readonly duties: DutyService,
    private readonly lanes: LaneStore,
    @Inject(CONFIG) config: ControllerConfig,
  ) {
    this.silentMs = 3 * config.heartbeatMs + 2000;
  }

  @Get(routes.agents)
  async list() {
    return { schemaVersion: 1, agents: await this.agents.list(this.silentMs) };
  }

  @Post('/api/agents/:reference/:order')
  @HttpCode(200)
  async order(@Param('reference') reference: string, @Param('order', new ZodPipe(agentOrderSchema)) order: AgentOrder) {
    return { schemaVersion: 1, agent: await this.duties.order(reference, order) };
  }

  @Get(routes.lanes)
  async listLanes() {
    return { schemaVersion: 1, lanes: await this.lanes.list(this.silentMs) };
  }

  @Get(routes.deviceClasses)
  async classes() {
    return { schemaVersion: 1, deviceClasses: await this.agents.classes(this.silentMs) };
  }
}
