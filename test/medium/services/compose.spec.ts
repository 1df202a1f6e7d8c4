import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const file = join(root, 'docker-compose.yml');

interface Service {
  user?: string;
  ports?: string[];
  networks?: string[];
  healthcheck?: { test: string[] };
  cap_drop?: string[];
  security_opt?: string[];
}
const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as { services: Record<string, Service> };

const secrets = ['OCTET_POSTGRES_PASSWORD', 'OCTET_REDIS_PASSWORD', 'OCTET_ADMIN_TOKEN', 'OCTET_AGENT_TOKEN'];

/** The tool under either of its names; null where there is none. */
function compose(): string[] | null {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    try {
      execFileSync(command[0] as string, [...command.slice(1), 'version'], { stdio: 'ignore' });
      return command;
    } catch {
      continue;
    }
  }
  return null;
}

function config(env: NodeJS.ProcessEnv): string {
  const [command, ...first] = compose() as [string, ...string[]];
  const args = [...first, '-f', file, '--profile', 'gpu', 'config'];
  return execFileSync(command, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'pipe',
    cwd: '/',
  });
}

describe('docker-compose.yml', () => {
  test('only the controller has a port, and only on 127.0.0.1', () => {
    const published = Object.entries(services).flatMap(([name, { ports }]) =>
      (ports ?? []).map((port) => [name, port]),
    );
    expect(published).toEqual([['controller', '127.0.0.1:${OCTET_PORT:-4320}:4320']]);
  });

  test.each(Object.entries(services))('%s has a health check, no root and no capabilities', (_, service) => {
    expect(service.healthcheck?.test.length).toBeGreaterThan(0);
    expect(service.user).toMatch(/^(?!root|0)/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('agents can reach neither Postgres nor Redis', () => {
    for (const agent of ['agent', 'agent-gpu']) expect(services[agent]?.networks).toEqual(['fleet']);
    for (const store of ['postgres', 'redis']) expect(services[store]?.networks).toEqual(['services']);
  });

  test.runIf(compose() !== null)(
    'docker compose takes it with every secret, and refuses it when one is missing',
    () => {
      const all = Object.fromEntries(secrets.map((name) => [name, 'x'.repeat(20)]));
      expect(Object.keys((parse(config(all)) as { services: object }).services).sort()).toEqual(
        Object.keys(services).sort(),
      );
      for (const missing of secrets) {
        const { [missing]: _, ...rest } = all;
        expect(() => config(rest), missing).toThrow();
      }
    },
  );
});
