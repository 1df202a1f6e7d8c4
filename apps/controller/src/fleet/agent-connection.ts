import { Logger } from '@nestjs/common';
import type { ControllerMessage, DeviceReading } from '@octet/protocol';
import { WebSocket } from 'ws';

/** Unread bytes at which a peer that does not read is cut. */
export const maxBufferedBytes = 8 * 2 ** 20;
const maxPending = 64;

/** A socket to an agent: sends with a bound on what may pile up, and takes messages one after the other. */
export class AgentConnection {
  agentId: string | null = null;
  name = 'an agent that has not said hello';
  /** Of its devices by slot, not yet in Postgres. */
  readings: Record<string, DeviceReading> = {};
  private pending = 0;
  private turn: Promise<void> = Promise.resolve();
  private readonly logger = new Logger('fleet');

  constructor(readonly socket: WebSocket) {}

  send(message: ControllerMessage): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > maxBufferedBytes) {
      this.logger.warn(`${this.name} does not read: connection cut`);
      return this.socket.terminate();
    }
    this.socket.send(JSON.stringify(message));
  }

  refuse(code: string, message: string): void {
    this.logger.warn(`${this.name}: ${code}: ${message}`);
    this.send({ type: 'refused', code, message });
    this.socket.close(1008, code);
  }

  /** Runs `work` after what came before; a peer that talks faster than we work is not read for a while. */
  inOrder(work: () => Promise<void>): void {
    this.pending += 1;
    if (this.pending > maxPending) this.socket.pause();
    this.turn = this.turn
      .then(work)
      .catch((error: Error) => this.logger.warn(`${this.name}: ${error.message}`))
      .finally(() => this.done());
  }

  private done(): void {
    this.pending -= 1;
    if (this.pending < maxPending / 2 && this.socket.isPaused) this.socket.resume();
  }
}
