import { agentRevoked } from '@octet/protocol';
import { OctetError } from '@octet/domain';
import type { EntityManager } from 'typeorm';

/** @throws OctetError `agent-revoked` for an agent that an operator has locked out. */
export async function refuseRevoked(manager: Pick<EntityManager, 'query'>, agentId: string): Promise<void> {
  const revoked = await manager.query<unknown[]>(`select 1 from agents where id = $1 and duty = 'revoked'`, [agentId]);
  if (revoked.length === 0) return;
  throw new OctetError(
    agentRevoked,
    'An operator revoked this agent: nothing it sends is taken. `octet agents resume` lets it in again.',
  );
}
