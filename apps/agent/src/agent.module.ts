import { Module } from '@nestjs/common';
import { join } from 'node:path';
import { CONFIG, parseConfig, type AgentConfig } from './config.js';
import { ControllerClient } from './connection/controller-client.js';
import { agentId, identityOf } from './identity.js';
import { deviceReadings } from './machine/device-readings.js';
import { MACHINE, probeMachine, type Machine } from './machine/machine.js';
import { ResultSpool } from './results/result-spool.js';
import { SessionService } from './session/session.service.js';
import { TrialRunner } from './trials/trial-runner.js';

@Module({
  providers: [
    { provide: CONFIG, useFactory: () => parseConfig(process.env) },
    { provide: MACHINE, inject: [CONFIG], useFactory: (config: AgentConfig) => probeMachine(config) },
    {
      provide: ControllerClient,
      inject: [CONFIG],
      useFactory: async (config: AgentConfig) => new ControllerClient(config, await agentId(config.dataDir)),
    },
    {
      provide: ResultSpool,
      inject: [CONFIG],
      useFactory: (config: AgentConfig) => new ResultSpool(join(config.dataDir, 'spool')),
    },
    {
      provide: SessionService,
      inject: [CONFIG, MACHINE, ResultSpool, ControllerClient],
      useFactory: async (config: AgentConfig, machine: Machine, spool: ResultSpool, client: ControllerClient) => {
        const identity = await identityOf(config, machine);
        const facts = { agentName: identity.name, agentVersion: identity.version };
        const runner = new TrialRunner(config, machine, client, facts);
        const read = deviceReadings(machine.slots, config.devicesPath !== null);
        return new SessionService(config, identity, spool, client, runner, read);
      },
    },
  ],
})
export class AgentModule {}
