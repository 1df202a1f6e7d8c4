import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import {
  assertPortFree,
  secretFile,
  startPostgres,
  startRedis,
  takeOwnership,
  type RunningService,
} from '@octet/services';
import { keepRunning, type Kept, type Startable } from './keep-running.js';
import { logFile, startController, startProgram } from './programs.js';

export interface SupervisorOptions {
  dataDir: string;
  port: number;
  env: NodeJS.ProcessEnv;
  /** Without one the fleet is only what connects from elsewhere. */
  agent: boolean;
  tell: (line: string) => void;
}

export interface Supervisor {
  url: string;
  adminToken: string;
  /** Ends everything in order: agent, controller, services. A second call while it works makes the agent hurry. */
  stop(): Promise<void>;
}

const agentGraceMs = 30_000;

/** What the environment replaces is not started. */
class Stack {
  readonly kept: Kept[] = [];

  constructor(
    private readonly options: SupervisorOptions,
    private readonly log: (name: string) => (line: string) => void,
  ) {}

  /** Postgres or Redis on a port that stays the same over restarts, so that the controller's URL stays true. */
  async service(
    name: string,
    start: (options: { dataDir: string; port?: number; onLine: (line: string) => void }) => Promise<RunningService>,
  ): Promise<string> {
    const onLine = this.log(name);
    const { dataDir } = this.options;
    let url = '';
    let port: number | undefined;
    const startOnPort = async (): Promise<Startable> => {
      const service = await start({ dataDir, onLine, ...(port === undefined ? {} : { port }) });
      ({ url, port } = service);
      return { ...service, askToStop: () => undefined };
    };
    this.kept.push(await keepRunning(name, startOnPort, this.options.tell));
    return url;
  }

  async program(name: string, start: (onLine: (line: string) => void) => Promise<Startable>): Promise<Kept> {
    const onLine = this.log(name);
    const kept = await keepRunning(name, () => start(onLine), this.options.tell);
    this.kept.push(kept);
    return kept;
  }

  /** Last started, first stopped. */
  async stop(): Promise<void> {
    for (let kept = this.kept.pop(); kept !== undefined; kept = this.kept.pop()) await kept.stop(agentGraceMs);
  }
}

async function startStack(options: SupervisorOptions, stack: Stack, url: string): Promise<Kept | null> {
  const { env, dataDir, port } = options;
  const [databaseUrl, redisUrl] = await Promise.all([
    env['DATABASE_URL'] || stack.service('postgres', startPostgres),
    env['REDIS_URL'] || stack.service('redis', startRedis),
  ]);
  const shared = { ...env, OCTET_DATA_DIR: dataDir, NO_COLOR: '1' };
  const controllerEnv = {
    ...shared,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    OCTET_HOST: '127.0.0.1',
    OCTET_PORT: String(port),
  };
  await stack.program('controller', (onLine) =>
    startController({ app: 'controller', env: controllerEnv, dataDir, onLine }, url),
  );
  if (!options.agent) return null;
  const agentEnv: NodeJS.ProcessEnv = { OCTET_CPU_THREADS: spareOneCore(), ...shared, OCTET_CONTROLLER_URL: url };
  for (const secret of ['DATABASE_URL', 'REDIS_URL', 'OCTET_ADMIN_TOKEN', 'OCTET_TOKEN']) delete agentEnv[secret];
  return stack.program('agent', (onLine) => startProgram({ app: 'agent', env: agentEnv, dataDir, onLine }));
}

/** Here the agent shares its host with the controller and the services: engines leave one core to them. */
function spareOneCore(): string {
  return String(Math.max(1, availableParallelism() - 1));
}

/**
 * Starts Postgres, Redis, the controller and an agent on 127.0.0.1, each only where the environment names none, and keeps
 * them running. Nothing of it outlives this process, not even on kill -9.
 * @throws OctetError `port-in-use`, `data-folder-in-use`, `redis-missing`, `not-built`, `controller-failed` ...
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const dataDir = resolve(options.dataDir);
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  // Others may pass through (Postgres runs as another user); what is secret below it is readable by its owner only.
  await chmod(dataDir, 0o711).catch(() => undefined);
  const giveBack = takeOwnership(join(dataDir, 'up.pid'), 'octet up');
  const url = `http://127.0.0.1:${options.port}`;
  const stack = new Stack({ ...options, dataDir }, (name) => logFile(dataDir, name));
  try {
    await assertPortFree(options.port, 'The controller');
    const adminToken = await secretFile(join(dataDir, 'admin.token'));
    await secretFile(join(dataDir, 'agent.token'));
    const agent = await startStack({ ...options, dataDir }, stack, url);
    await writeFile(join(dataDir, 'controller.url'), `${url}\n`);
    let stopping: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      await stack.stop();
      await rm(join(dataDir, 'controller.url'), { force: true });
      giveBack();
    };
    return {
      url,
      adminToken,
      stop: () => {
        if (stopping !== null) agent?.askToStop();
        return (stopping ??= stop());
      },
    };
  } catch (error) {
    await stack.stop();
    giveBack();
    throw error;
  }
}
