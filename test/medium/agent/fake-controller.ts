import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import {
  agentMessageSchema,
  routes,
  type AgentMessage,
  type ControllerMessage,
  type ResultEnvelope,
} from '@octet/protocol';
import { WebSocketServer, type WebSocket } from 'ws';

export const token = 'fake-controller-token';

/** A controller that does only what it is told: listens, speaks, drops lines, answers POSTs as asked. */
export class FakeController {
  readonly heard: AgentMessage[] = [];
  readonly results: ResultEnvelope[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly tables = new Map<string, Buffer>();
  /** Asked for each POSTed result: an HTTP status and a body. */
  onResult: (envelope: ResultEnvelope) => [number, unknown] = () => [200, { accepted: true, reason: 'accepted' }];
  private sockets: WebSocket[] = [];
  private dead = false;

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<FakeController> {
    const server = createServer();
    const controller = new FakeController(server);
    server.on('request', (request, response) => void controller.answer(request, response));
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (
        controller.dead ||
        request.headers.authorization !== `Bearer ${token}` ||
        request.url !== routes.agentSocket
      ) {
        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => controller.welcome(client));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return controller;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  send(message: ControllerMessage): void {
    for (const socket of this.sockets) socket.send(JSON.stringify(message));
  }

  /** Cuts every line without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets = [];
  }

  /** Takes no new lines and no results until `revive`. */
  kill(): void {
    this.dead = true;
    this.cut();
  }

  revive(): void {
    this.dead = false;
  }

  store(content: Buffer): string {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.blobs.set(sha256, content);
    return sha256;
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  ofType<T extends AgentMessage['type']>(type: T): Extract<AgentMessage, { type: T }>[] {
    return this.heard.filter((message) => message.type === type) as Extract<AgentMessage, { type: T }>[];
  }

  private welcome(client: WebSocket): void {
    this.sockets.push(client);
    client.on('message', (data) => {
      const message = agentMessageSchema.parse(JSON.parse(String(data as Buffer)));
      this.heard.push(message);
      if (message.type === 'hello')
        client.send(JSON.stringify({ type: 'welcome', protocolVersion: 1, heartbeatMs: 1_000 }));
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const path = request.url ?? '';
    const reply = (status: number, content: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(Buffer.isBuffer(content) ? content : JSON.stringify(content));
    };
    if (this.dead) return void request.socket.destroy();
    if (path === routes.results) {
      const envelope = JSON.parse(gunzipSync(body).toString()) as ResultEnvelope;
      this.results.push(envelope);
      return reply(...this.onResult(envelope));
    }
    const sha256 = path.split('/').pop() ?? '';
    const content = this.blobs.get(sha256);
    if (content === undefined) {
      return reply(404, { schemaVersion: 1, error: { code: 'not-found', message: `no ${path}` } });
    }
    if (path === routes.blob(sha256)) return reply(200, content);
    const files = [{ path: 'model.onnx', sha256, sizeBytes: content.length }];
    const createdAt = '2026-01-01T00:00:00Z';
    const bundle = { name: 'model', sha256, files, sizeBytes: content.length, createdAt, inspection: null };
    reply(
      200,
      path.startsWith(routes.models) ? { schemaVersion: 1, model: bundle } : { schemaVersion: 1, dataset: bundle },
    );
  }
}
