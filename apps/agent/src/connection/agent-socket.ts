import { controllerMessageSchema, routes, type AgentMessage, type ControllerMessage } from '@octet/protocol';
import { WebSocket, type RawData } from 'ws';
import type { AgentConfig } from '../config.js';

export interface SocketEvents {
  opened(): void;
  heard(message: ControllerMessage): void;
  /** Exactly once for each dial, however it ended. */
  lost(reason: string): void;
}

/** Until the welcome tells the controller's own period. */
const firstHeartbeatMs = 10_000;
/** Pings that may fail to come before the line is called dead. */
const missedHeartbeats = 3;

/** One dial to the controller: opens, speaks, notices a dead line, and ends once. */
export class AgentSocket {
  private readonly socket: WebSocket;
  private watchdog: NodeJS.Timeout | null = null;
  private heartbeatMs = firstHeartbeatMs;
  private reason = 'the controller closed the connection';

  constructor(
    config: Pick<AgentConfig, 'controllerUrl' | 'token'>,
    private readonly events: SocketEvents,
  ) {
    const url = config.controllerUrl.replace(/^http/, 'ws') + routes.agentSocket;
    this.socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${config.token}` },
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
      maxPayload: 16 * 2 ** 20,
    });
    this.socket.on('open', () => this.open());
    this.socket.on('ping', () => this.watch());
    this.socket.on('message', (data) => this.receive(data));
    this.socket.on('error', (error) => (this.reason = wordsOf(error)));
    this.socket.on('close', () => this.close());
  }

  send(message: AgentMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Says goodbye; the line is cut if the other side does not answer soon. */
  disconnect(): void {
    this.reason = 'the agent closed the connection';
    this.socket.close();
    setTimeout(() => this.socket.terminate(), 1_000).unref();
  }

  private open(): void {
    this.watch();
    this.events.opened();
  }

  private close(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    this.events.lost(this.reason);
  }

  private watch(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.reason = `the controller was silent for ${missedHeartbeats * this.heartbeatMs} ms`;
      this.socket.terminate();
    }, missedHeartbeats * this.heartbeatMs);
  }

  private receive(data: RawData): void {
    this.watch();
    const message = parse(String(data as Buffer));
    if (message === null) return;
    if (message.type === 'welcome') this.heartbeatMs = message.heartbeatMs;
    if (message.type === 'refused') this.reason = `refused: ${message.message}`;
    this.events.heard(message);
  }
}

/** What a newer controller says beyond this protocol is passed over. */
function parse(text: string): ControllerMessage | null {
  try {
    return controllerMessageSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function wordsOf(error: Error): string {
  if (/Unexpected server response: 40[13]/.test(error.message)) {
    return 'the controller does not take this token (see OCTET_AGENT_TOKEN)';
  }
  return error.message || (error as NodeJS.ErrnoException).code || 'the connection failed';
}
