import { routes, type AgentDocument, type AgentOrder, type Duty } from '@octet/protocol';
import { Alert, Button, Group } from '@mantine/core';
import { useState } from 'react';
import { postDocument } from '../../data/api.js';

const orders: Record<AgentOrder, { label: string; says: string }> = {
  drain: { label: 'Drain', says: 'End what it runs, take nothing more until its process is started anew' },
  pause: { label: 'Pause', says: 'End what it runs, take nothing more until it is resumed, restarts included' },
  resume: { label: 'Resume', says: 'Take trials again' },
  revoke: { label: 'Revoke', says: 'Lock it out at once: what it runs goes to another, what it reports is refused' },
};

const offered: Record<Duty, readonly AgentOrder[]> = {
  working: ['drain', 'pause', 'revoke'],
  draining: ['resume', 'pause', 'revoke'],
  paused: ['resume', 'revoke'],
  revoked: ['resume'],
};

/** What an operator may tell the agent. Revoking asks once more. */
export function AgentOrders({ agent }: { agent: AgentDocument }) {
  const [asked, setAsked] = useState(false);
  const [sending, setSending] = useState<AgentOrder | null>(null);
  const [error, setError] = useState<string | null>(null);
  const send = (order: AgentOrder) => {
    setAsked(false);
    setError(null);
    setSending(order);
    postDocument(routes.agentOrder(agent.id, order), {})
      .catch((cause: Error) => setError(cause.message))
      .finally(() => setSending(null));
  };
  return (
    <Group gap={6} mt="auto" className="no-print">
      {error !== null && <Alert color="red" title={error} role="alert" w="100%" />}
      {asked ? (
        <>
          <Button size="compact-sm" color="red.9" onClick={() => send('revoke')} autoFocus>
            Revoke {agent.name}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setAsked(false)}>
            Keep it
          </Button>
        </>
      ) : (
        offered[agent.duty].map((order) => (
          <Button
            key={order}
            size="compact-sm"
            variant="default"
            loading={sending === order}
            title={orders[order].says}
            aria-label={`${orders[order].label} ${agent.name}: ${orders[order].says}`}
            onClick={() => (order === 'revoke' ? setAsked(true) : send(order))}
          >
            {orders[order].label}
          </Button>
        ))
      )}
    </Group>
  );
}
