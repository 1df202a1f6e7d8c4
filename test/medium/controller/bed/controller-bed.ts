import 'reflect-metadata';
import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { buildModel, modelBytes } from '@octet/onnx';
import { routes, type MatrixDocument, type TrialDocument } from '@octet/protocol';
import { temporaryFolder, testServices, type TestServices } from '@octet/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { parseConfig } from '../../../../apps/controller/src/config.js';
import { createApp } from '../../../../apps/controller/src/create-app.js';
import { dataSourceOptions } from '../../../../apps/controller/src/database/data-source-options.js';
import { ScriptedAgent, type ScriptedAgentOptions } from './scripted-agent.js';

export const adminToken = 'test-admin-token-0123456789';
export const agentToken = 'test-agent-token-0123456789';

export async function migrate(databaseUrl: string): Promise<void> {
  const database = await new DataSource(dataSourceOptions(databaseUrl)).initialize();
  await database.destroy();
}

/** Short times, so that a test of grace periods and stalls takes seconds. */
const quick: Record<string, string> = {
  OCTET_LOG_LEVEL: 'error',
  OCTET_HEARTBEAT_MS: '200',
  OCTET_AGENT_GRACE_MS: '1500',
  OCTET_ACCEPT_MS: '2000',
  OCTET_LOCK_MS: '1000',
  OCTET_STALLED_MS: '500',
  OCTET_RECONCILE_MS: '400',
  OCTET_BACKOFF_MS: '100',
};

export interface RunningController {
  app: NestExpressApplication;
  url: string;
  close(): Promise<void>;
}

/** One suite's Postgres, Redis and data folder, with as many controllers and agents as it wants. */
export class ControllerBed {
  private readonly controllers: RunningController[] = [];
  private readonly agents: ScriptedAgent[] = [];

  private constructor(
    readonly services: TestServices,
    readonly dataDir: string,
  ) {}

  static async open(): Promise<ControllerBed> {
    return new ControllerBed(await testServices({ migrate, template: 'controller' }), await temporaryFolder());
  }

  /** Over services that the test starts and stops by itself. */
  static over(services: TestServices, dataDir: string): ControllerBed {
    return new ControllerBed(services, dataDir);
  }

  async start(changes: Record<string, string> = {}): Promise<RunningController> {
    const config = parseConfig({
      DATABASE_URL: this.services.databaseUrl,
      REDIS_URL: this.services.redisUrl,
      OCTET_DATA_DIR: this.dataDir,
      OCTET_PORT: '0',
      OCTET_ADMIN_TOKEN: adminToken,
      OCTET_AGENT_TOKEN: agentToken,
      ...quick,
      ...changes,
    });
    const app = await createApp(config);
    await app.listen(config.port, config.host);
    const running = { app, url: await app.getUrl(), close: () => app.close() };
    this.controllers.push(running);
    return running;
  }

  async agent(controller: RunningController, options: Partial<ScriptedAgentOptions> = {}): Promise<ScriptedAgent> {
    const agent = this.unconnectedAgent(controller, options);
    await agent.connect();
    return agent;
  }

  unconnectedAgent(controller: RunningController, options: Partial<ScriptedAgentOptions> = {}): ScriptedAgent {
    const agent = new ScriptedAgent({ url: controller.url, token: agentToken, ...options });
    this.agents.push(agent);
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.agents) agent.cut();
    for (const controller of this.controllers) await controller.close().catch(() => undefined);
    await this.services.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** HTTP as the CLI speaks it. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly token: string | null = adminToken,
  ) {}

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const binary = body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined || binary ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: binary ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }

  async ok<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** Uploads and registers one file; answers its SHA-256. */
  async upload(kind: 'models' | 'datasets', name: string, content: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.ok('PUT', routes.blob(sha256), content);
    const files = [{ path: name, sha256, sizeBytes: content.length }];
    await this.ok('POST', routes[kind], { name, sha256, files });
    return sha256;
  }

  submit(changes: Record<string, unknown>): Promise<MatrixDocument> {
    return this.ok('POST', routes.matrices, { variants: ['fp32', 'int8'], ...changes });
  }

  matrix(id: string): Promise<MatrixDocument> {
    return this.ok('GET', routes.matrix(id));
  }

  trial(id: string, query = ''): Promise<TrialDocument> {
    return this.ok('GET', routes.trial(id) + query);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A one-layer model with a dynamic batch; another `seed` is another model. */
export function tinyModel(seed: string = randomUUID()): Uint8Array {
  const model = buildModel({
    doc: seed,
    inputs: [{ name: 'x', shape: ['N', 4] }],
    outputs: [{ name: 'y', shape: ['N', 2] }],
    initializers: { w: { dims: [4, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });
  return modelBytes(model.proto);
}
