import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, startOnPort } from './ports.js';

const listening: Server[] = [];
afterEach(() => listening.splice(0).forEach((server) => server.close()));

/** Listens on `port`, as a program that was faster. */
function occupy(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    listening.push(server);
    server.listen(port, '127.0.0.1', resolve);
  });
}

describe('startOnPort', () => {
  it('takes another port where somebody was faster', async () => {
    const ports: number[] = [];
    const started = await startOnPort(undefined, 'Postgres', async (port) => {
      ports.push(port);
      if (ports.length < 3) {
        await occupy(port);
        throw new Error('could not bind');
      }
      return port;
    });
    expect(new Set(ports).size).toBe(3);
    expect(started).toBe(ports[2]);
  });

  it('gives up after five', async () => {
    let attempts = 0;
    const unlucky = startOnPort(undefined, 'Redis', async (port) => {
      attempts++;
      await occupy(port);
      throw new Error('could not bind');
    });
    await expect(unlucky).rejects.toThrow('could not bind');
    expect(attempts).toBe(5);
  });

  it('tries once where the port is not to blame', async () => {
    let attempts = 0;
    const broken = startOnPort(undefined, 'Redis', () => {
      attempts++;
      return Promise.reject(new Error('no such file'));
    });
    await expect(broken).rejects.toThrow('no such file');
    expect(attempts).toBe(1);
  });

  it('starts nothing on a port that was asked for and is taken', async () => {
    const port = await freePort();
    await occupy(port);
    const start = (): Promise<never> => Promise.reject(new Error('started'));
    await expect(startOnPort(port, 'Redis', start)).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
