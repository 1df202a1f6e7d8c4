import { createServer } from 'node:net';
import { OctetError } from '@octet/domain';

/** Listens for a moment; resolves to the port that was given (0 asks the kernel for a free one). */
function tryPort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}

/** A TCP port nobody listens on, chosen by the kernel. Another process may take it before you do: see `startOnPort`. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return tryPort(0, host);
}

/** @throws OctetError `port-in-use` (or `port-forbidden`) when `port` can't be listened on. */
export async function assertPortFree(port: number, owner: string, host = '127.0.0.1'): Promise<void> {
  try {
    await tryPort(port, host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EACCES') {
      throw new OctetError(
        'port-forbidden',
        `${owner} may not listen on ${host}:${port}. Choose a port above 1023 (--port).`,
        { cause },
      );
    }
    throw new OctetError(
      'port-in-use',
      `${owner} can't listen on ${host}:${port}: another program has that port. Stop it (find it with: ss -ltnp 'sport = :${port}') or choose another port (--port).`,
      { cause },
    );
  }
}

const freePortAttempts = 5;

/**
 * Starts a server on `asked`, or where none is asked for on a free port: on another one if somebody took it before the server did.
 * @throws OctetError `port-in-use`, `port-forbidden` for `asked`; what `start` throws.
 */
export async function startOnPort<T>(
  asked: number | undefined,
  owner: string,
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (asked !== undefined) {
    await assertPortFree(asked, owner);
    return start(asked);
  }
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await start(port);
    } catch (error) {
      if (attempt === freePortAttempts || !(await isTaken(port))) throw error;
    }
  }
}

function isTaken(port: number): Promise<boolean> {
  return tryPort(port, '127.0.0.1').then(
    () => false,
    (cause: NodeJS.ErrnoException) => cause.code === 'EADDRINUSE',
  );
}
