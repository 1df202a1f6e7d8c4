import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OctetError } from '@octet/domain';

type RequestBody = NonNullable<RequestInit['body']>;

export interface ControllerAddress {
  url: string;
  token: string;
}

/** Folder with the embedded services' tokens and state: OCTET_DATA_DIR, else `.octet` here. */
export function dataDir(): string {
  return resolve(process.env['OCTET_DATA_DIR'] ?? '.octet');
}

/** OCTET_URL and OCTET_TOKEN, else what `octet up` wrote to the data folder. */
export function controllerAddress(): ControllerAddress {
  const url =
    process.env['OCTET_URL'] ?? readState('controller.url') ?? `http://127.0.0.1:${process.env['OCTET_PORT'] ?? 4320}`;
  const token = process.env['OCTET_TOKEN'] ?? process.env['OCTET_ADMIN_TOKEN'] ?? readState('admin.token');
  if (token === null) {
    throw new OctetError(
      'token-missing',
      `No token for the controller: ${join(dataDir(), 'admin.token')} is not there. Start one with \`octet up\`, run from its folder, or set OCTET_URL and OCTET_TOKEN.`,
    );
  }
  return { url: url.replace(/\/+$/, ''), token };
}

function readState(name: string): string | null {
  try {
    return readFileSync(join(dataDir(), name), 'utf8').trim();
  } catch {
    return null;
  }
}

/** JSON over the controller's HTTP API; its errors come back as OctetError with the controller's own code and message. */
export class ControllerClient {
  constructor(readonly address: ControllerAddress = controllerAddress()) {}

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  /** Streams `body`; used for blobs. */
  put<T>(path: string, body: RequestBody, headers: Record<string, string> = {}): Promise<T> {
    return this.request<T>('PUT', path, body, headers);
  }

  /** True if the controller has something at `path`. */
  async has(path: string): Promise<boolean> {
    const response = await this.send('HEAD', path);
    return response.ok;
  }

  private async request<T>(
    method: string,
    path: string,
    body?: RequestBody,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    if (!response.ok) throw controllerError(response.status, text, this.address.url);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  private async send(
    method: string,
    path: string,
    body?: RequestBody,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init = {
      method,
      headers: { authorization: `Bearer ${this.address.token}`, ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    };
    try {
      return await fetch(this.address.url + path, init as RequestInit);
    } catch (cause) {
      throw new OctetError(
        'controller-unreachable',
        `No controller answers at ${this.address.url}. Start one with \`octet up\`, or set OCTET_URL to where it runs.`,
        { cause },
      );
    }
  }
}

function controllerError(status: number, text: string, url: string): OctetError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new OctetError(error.code, error.message);
  } catch {
    return new OctetError('controller-error', `${url} answered HTTP ${status}: ${text.slice(0, 200)}`);
  }
}
