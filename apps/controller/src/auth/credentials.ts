import type { IncomingMessage } from 'node:http';
import { liveTokenProtocol, type Role } from '@octet/protocol';
import { roleOfSession, roleOfToken, sessionCookie, type Tokens } from './tokens.js';

type Headers = IncomingMessage['headers'];

/** Role behind a request's Bearer header, else its session cookie; null for neither, or for a wrong one. */
export function roleOfRequest(tokens: Tokens, headers: Headers): Role | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return roleOfToken(tokens, bearer);
  const cookie = cookieOf(headers, sessionCookie);
  return cookie === null ? null : roleOfSession(tokens, cookie, Date.now());
}

/** As `roleOfRequest`, and what a browser's WebSocket can send: `?token=` or a subprotocol. */
export function roleOfSocket(tokens: Tokens, request: IncomingMessage): Role | null {
  const token = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token') ?? protocolToken(request);
  return token === null ? roleOfRequest(tokens, request.headers) : roleOfToken(tokens, token);
}

function protocolToken(request: IncomingMessage): string | null {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',');
  const carrier = offered.map((name) => name.trim()).find((name) => name.startsWith(liveTokenProtocol));
  return carrier === undefined ? null : carrier.slice(liveTokenProtocol.length);
}

function cookieOf(headers: Headers, name: string): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return decodeURIComponent(value.join('='));
  }
  return null;
}
