import { Controller, Get, Inject } from '@nestjs/common';
import { routes } from '@octet/protocol';
import { CONFIG } from '../config.js';
import type { ControllerConfig } from '../config.js';
import { AgentStore } from './agent-store.js';

@Controller()
export class FleetController {
  private readonly silentMs: number;

  constructor(
    private readonly agents: AgentStore,
    @Inject(CONFIG) config: ControllerConfig,
  ) {
    this.silentMs = 3 * config.heartbeatMs + 2000;
  }

  @Get(routes.agents)
  async list() {
    return { schemaVersion: 1, agents: await this.agents.list(this.silentMs) };
  }

  @Get(routes.deviceClasses)
  async classes() {
    return { schemaVersion: 1, deviceClasses: await this.agents.classes(this.silentMs) };
  }
}
