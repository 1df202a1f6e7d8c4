import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { liveProtocol, routes } from '@octet/protocol';
import { roleOfRequest, roleOfSocket } from '../auth/credentials.js';
import type { Tokens } from '../auth/tokens.js';

type Verify = (info: { req: IncomingMessage }, answer: (ok: boolean, status?: number, text?: string) => void) => void;

/** Checks tokens at the upgrade (401 before any frame), and leaves messages to the gateways: they parse each frame themselves. */
export class SocketAdapter extends WsAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly tokens: Tokens,
  ) {
    super(app);
  }

  override create(port: number, options: { path?: string } & Record<string, unknown> = {}) {
    const verifyClient: Verify = ({ req }, answer) => {
      const allowed = isAllowed(this.tokens, options.path ?? '', req);
      if (allowed) answer(true);
      else answer(false, 401, 'Unauthorized');
    };
    const handleProtocols = (offered: Set<string>) => (offered.has(liveProtocol) ? liveProtocol : false);
    return super.create(port, { ...options, verifyClient, handleProtocols }) as unknown;
  }

  override bindMessageHandlers(): void {}
}

function isAllowed(tokens: Tokens, path: string, request: IncomingMessage): boolean {
  if (path === routes.agentSocket) return roleOfRequest(tokens, request.headers) === 'agent';
  return path === routes.liveSocket && roleOfSocket(tokens, request) === 'admin';
}
