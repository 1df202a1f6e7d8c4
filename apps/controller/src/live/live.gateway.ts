import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { routes, type LiveEvent } from '@octet/protocol';
import { WebSocket } from 'ws';
import { CONFIG, type ControllerConfig } from '../config.js';
import { MatrixStore } from '../matrices/matrix-store.js';
import { EventBus, type BusEvent } from './event-bus.js';
import { SocketPulse } from './socket-pulse.js';

const maxBufferedBytes = 4 * 2 ** 20;
/** A matrix with many short trials is told about at most this often. */
const matrixEveryMs = 250;

/** What browsers and `--wait` watch. Trial progress as it comes; a matrix's counts once they have changed. */
@WebSocketGateway({ path: routes.liveSocket, maxPayload: 1024, perMessageDeflate: false })
export class LiveGateway implements OnGatewayConnection, OnModuleDestroy {
  private readonly clients = new Set<WebSocket>();
  private readonly due = new Map<string, NodeJS.Timeout>();
  private readonly pulse: SocketPulse;
  private readonly stopListening: () => void;

  constructor(
    @Inject(CONFIG) config: ControllerConfig,
    bus: EventBus,
    private readonly matrices: MatrixStore,
  ) {
    this.pulse = new SocketPulse(config.heartbeatMs);
    this.stopListening = bus.on((event) => this.hear(event));
  }

  handleConnection(socket: WebSocket): void {
    this.clients.add(socket);
    this.pulse.watch(socket);
    socket.on('close', () => this.clients.delete(socket));
  }

  onModuleDestroy(): void {
    this.stopListening();
    this.pulse.stop();
    for (const timer of this.due.values()) clearTimeout(timer);
  }

  private hear(event: BusEvent): void {
    if (this.clients.size === 0 || event.type === 'trial.settled' || event.type === 'agent.moved') return;
    this.broadcast(event);
    if (event.type === 'trial.state') this.announceMatrix(event.matrixId);
  }

  private announceMatrix(matrixId: string): void {
    if (this.due.has(matrixId)) return;
    const timer = setTimeout(() => {
      this.due.delete(matrixId);
      this.sendMatrix(matrixId).catch(() => undefined);
    }, matrixEveryMs);
    this.due.set(matrixId, timer.unref());
  }

  private async sendMatrix(matrixId: string): Promise<void> {
    const summary = await this.matrices.summary(await this.matrices.find(matrixId));
    const { name, progress, expectedSecondsLeft } = summary;
    this.broadcast({ type: 'matrix.progress', matrixId, name, progress, expectedSecondsLeft });
  }

  private broadcast(event: LiveEvent): void {
    const frame = JSON.stringify(event);
    for (const socket of this.clients) {
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    }
  }
}
