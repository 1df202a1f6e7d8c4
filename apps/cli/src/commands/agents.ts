import type { Command } from 'commander';
import { routes, type AgentDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

export function registerAgents(program: Command): void {
  program
    .command('agents')
    .description('the fleet: agents, their devices, what they run')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { json?: boolean }) => {
      const { agents } = await new ControllerClient().get<{ agents: AgentDocument[] }>(routes.agents);
      if (options.json) printJson({ agents });
      else printText(agentTable(agents));
    });
}

function agentTable(agents: readonly AgentDocument[]): string {
  if (agents.length === 0) return 'No agent has connected yet. Start one with `octet up`, or see docs/architecture.md.';
  const rows = agents.flatMap((agent) =>
    agent.slots.map((slot) => [
      agent.name,
      agent.state,
      slot.deviceClass,
      slot.runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(', '),
      slot.running === null ? 'idle' : `trial ${slot.running.trialId} (attempt ${slot.running.attempt})`,
      agent.lastSeenAt,
    ]),
  );
  return textTable(['agent', 'state', 'device class', 'runtimes', 'running', 'last seen'], rows);
}
