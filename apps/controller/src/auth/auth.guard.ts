import { Inject, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { OctetError } from '@octet/domain';
import { agentIdHeader, type Role } from '@octet/protocol';
import type { Request } from 'express';
import { DataSource } from 'typeorm';
import { roleOfRequest } from './credentials.js';
import { refuseRevoked } from './revoked-agents.js';
import { TOKENS, type Tokens } from './tokens.js';

const rolesKey = 'octet:roles';
const publicKey = 'octet:public';

/** Who may call a route. Without it: admin only. */
export const Roles = (...roles: Role[]) => SetMetadata(rolesKey, roles);
/** A route that needs no token: health and the session exchange, nothing else. */
export const Public = () => SetMetadata(publicKey, true);

/** Global: every route needs a token of a role it names. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(TOKENS) private readonly tokens: Tokens,
    private readonly database: DataSource,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true) return true;
    const allowed = this.reflector.getAllAndOverride<Role[] | undefined>(rolesKey, targets) ?? ['admin'];
    const { headers } = context.switchToHttp().getRequest<Request>();
    const role = requireRole(roleOfRequest(this.tokens, headers), allowed);
    const agentId = headers[agentIdHeader];
    if (role === 'agent' && typeof agentId === 'string') await refuseRevoked(this.database.manager, agentId);
    return true;
  }
}

/** Throws OctetError `unauthorized` (no or unknown token) or `forbidden` (a role that may not). */
export function requireRole(role: Role | null, allowed: readonly Role[]): Role {
  if (role === null) {
    throw new OctetError(
      'unauthorized',
      'No token, or none that is known here: send Authorization: Bearer <token>. `octet up` writes admin.token and agent.token to the data folder.',
    );
  }
  if (!allowed.includes(role)) {
    throw new OctetError('forbidden', `The ${role} token may not do this; it needs the role ${allowed.join(' or ')}.`);
  }
  return role;
}
