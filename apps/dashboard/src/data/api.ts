import type { ErrorDocument } from '@octet/protocol';

/** What the controller answered instead of data: its stable code and its message. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** GETs a JSON document from the controller. Rejects with ApiError. */
export function fetchDocument<T>(path: string, signal?: AbortSignal): Promise<T> {
  return documentOf<T>(path, signal === undefined ? {} : { signal });
}

/** POSTs a JSON body and answers the document that comes back. Rejects with ApiError. */
export function postDocument<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return documentOf<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function documentOf<T>(path: string, init: RequestInit): Promise<T> {
  const response = await request(path, init);
  const body = (await response.json().catch(() => null)) as T | ErrorDocument | null;
  if (response.ok && body !== null) return body as T;
  const error = (body as ErrorDocument | null)?.error;
  throw new ApiError(
    error?.code ?? `http-${response.status}`,
    error?.message ?? `The controller answered HTTP ${response.status}.`,
  );
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, {
      ...init,
      headers: { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) },
    });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError('controller-unreachable', 'The controller does not answer. Is `octet up` still running?');
  }
}
