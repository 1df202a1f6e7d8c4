import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { agentMessageSchema, routes } from '@octet/protocol';
import type { WebSocket } from 'ws';
import { CONFIG, type ControllerConfig } from '../config.js';
import { SocketPulse } from '../live/socket-pulse.js';
import { AgentConnection } from './agent-connection.js';
import { FleetService } from './fleet.service.js';

const helloWithinMs = 10_000;

/** The agents' socket: parses each frame once and hands it on. The token was checked at the upgrade. */
@WebSocketGateway({ path: routes.agentSocket, maxPayload: 2 ** 20, perMessageDeflate: false })
export class FleetGateway implements OnGatewayConnection, OnGatewayDisconnect, OnModuleDestroy {
  private readonly connections = new Map<WebSocket, AgentConnection>();
  private readonly pulse: SocketPulse;

  constructor(
    @Inject(CONFIG) config: ControllerConfig,
    private readonly fleet: FleetService,
  ) {
    this.pulse = new SocketPulse(config.heartbeatMs);
  }

  handleConnection(socket: WebSocket): void {
    const connection = new AgentConnection(socket);
    this.connections.set(socket, connection);
    this.pulse.watch(socket);
    socket.on('message', (data) => this.receive(connection, (data as Buffer).toString('utf8')));
    const silent = setTimeout(() => {
      if (connection.agentId === null) connection.refuse('hello-missing', 'say hello first');
    }, helloWithinMs);
    silent.unref();
  }

  handleDisconnect(socket: WebSocket): void {
    const connection = this.connections.get(socket);
    this.connections.delete(socket);
    if (connection !== undefined) connection.inOrder(() => this.fleet.leave(connection));
  }

  onModuleDestroy(): void {
    this.pulse.stop();
  }

  private receive(connection: AgentConnection, text: string): void {
    const message = parseMessage(text);
    if (message === null) return connection.refuse('message-invalid', 'a frame is not a message of this protocol');
    connection.inOrder(() => this.fleet.receive(connection, message));
  }
}

function parseMessage(text: string) {
  try {
    const parsed = agentMessageSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
