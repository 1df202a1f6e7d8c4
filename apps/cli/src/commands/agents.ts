import type { Command } from 'commander';
import { agentOrders, routes, type AgentDocument, type AgentOrder } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

const meanings: Record<AgentOrder, string> = {
  drain: 'let an agent end what it runs and take nothing more, until its process is started anew (or resumed)',
  pause: 'the same, kept over restarts, until it is resumed',
  resume: 'let an agent take trials again',
  revoke: 'lock an agent out at once: what it runs goes to another, what it reports is refused',
};

export function registerAgents(program: Command): void {
  const agents = program
    .command('agents')
    .description('the fleet: agents, their devices, what they run')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { json?: boolean }) => {
      const { agents } = await new ControllerClient().get<{ agents: AgentDocument[] }>(routes.agents);
      if (options.json) printJson({ agents });
      else printText(agentTable(agents));
    });
  for (const order of agentOrders) registerOrder(agents, order);
}

/** `--json` belongs to `agents`, which reads it wherever it stands. */
function registerOrder(agents: Command, order: AgentOrder): void {
  agents
    .command(order)
    .description(meanings[order])
    .argument('<agent>', 'id of an agent, or its name')
    .action(async (reference: string, _: unknown, command: Command) => {
      const path = routes.agentOrder(reference, order);
      const { agent } = await new ControllerClient().post<{ agent: AgentDocument }>(path, {});
      if (command.optsWithGlobals<{ json?: boolean }>().json) printJson({ agent });
      else printText(agentTable([agent]));
    });
}

function agentTable(agents: readonly AgentDocument[]): string {
  if (agents.length === 0) return 'No agent has connected yet. Start one with `octet up`, or see docs/architecture.md.';
  const rows = agents.flatMap((agent) =>
    agent.slots.map((slot) => [
      agent.name,
      agent.state,
      agent.duty,
      slot.deviceClass,
      slot.runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(', '),
      slot.running === null ? 'idle' : `trial ${slot.running.trialId} (attempt ${slot.running.attempt})`,
      agent.lastSeenAt,
      agent.id,
    ]),
  );
  return textTable(['agent', 'state', 'duty', 'device class', 'runtimes', 'running', 'last seen', 'id'], rows);
}
