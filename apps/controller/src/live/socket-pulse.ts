import { WebSocket } from 'ws';

/** Pings sockets and cuts those that did not answer the ping before: a dead line is noticed within two periods. */
export class SocketPulse {
  private readonly alive = new Map<WebSocket, boolean>();
  private readonly timer: NodeJS.Timeout;

  constructor(intervalMs: number) {
    this.timer = setInterval(() => this.beat(), intervalMs);
    this.timer.unref();
  }

  watch(socket: WebSocket): void {
    this.alive.set(socket, true);
    socket.on('pong', () => this.alive.set(socket, true));
    socket.on('message', () => this.alive.set(socket, true));
    socket.on('close', () => this.alive.delete(socket));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    for (const [socket, answered] of this.alive) {
      if (!answered) {
        socket.terminate();
        continue;
      }
      this.alive.set(socket, false);
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}
