import { Logger, Module } from '@nestjs/common';
import { allowPlugins } from '@octet/engines';
import { undoAbandonedLocks } from '@octet/trials';
import { join } from 'node:path';
import { CONFIG, parseConfig, type AgentConfig } from './config.js';
import { ControllerClient } from './connection/controller-client.js';
import { agentId, identityOf } from './identity.js';
import { deviceReadings } from './machine/device-readings.js';
import { MACHINE, probeMachine, type Machine } from './machine/machine.js';
import { ResultSpool } from './results/result-spool.js';
import { SessionService } from './session/session.service.js';
import { TrialRunner } from './trials/trial-runner.js';

async function machineOf(config: AgentConfig): Promise<Machine> {
  const machine = await probeMachine(config);
  for (const note of machine.notes) new Logger('agent').warn(note);
  const simulated = config.devicesPath !== null;
  if (!simulated && machine.slots.some(({ device }) => device.kind === 'gpu')) await undoAbandonedLocks();
  return machine;
}

@Module({
  providers: [
    { provide: CONFIG, useFactory: () => parseConfig(process.env) },
    { provide: MACHINE, inject: [CONFIG], useFactory: machineOf },
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
        const plugins = await allowPlugins(config.gpu.plugins);
        const runner = new TrialRunner(config, machine, client, facts, plugins);
        const read = deviceReadings(machine.slots, config.devicesPath !== null);
        return new SessionService(config, identity, spool, client, runner, read);
      },
    },
  ],
})
export class AgentModule {}
