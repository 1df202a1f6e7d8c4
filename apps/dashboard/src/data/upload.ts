import { routes, type Bundle } from '@octet/protocol';
import { ApiError, postDocument } from './api.js';

export type Upload = { phase: 'hash' | 'send' | 'register'; share: number };

/** Stores one file by its hash and registers it under a name. `onProgress` hears the share that was sent, 0 to 1. */
export async function uploadFile(
  kind: 'models' | 'datasets',
  file: File,
  onProgress: (upload: Upload) => void,
): Promise<Bundle> {
  onProgress({ phase: 'hash', share: 0 });
  const sha256 = await sha256Of(file);
  await putBlob(sha256, file, (share) => onProgress({ phase: 'send', share }));
  onProgress({ phase: 'register', share: 1 });
  const files = [{ path: file.name, sha256, sizeBytes: file.size }];
  const name = kind === 'models' ? file.name.replace(/\.onnx$/i, '') : file.name;
  const document = await postDocument<{ model?: Bundle; dataset?: Bundle }>(routes[kind], { name, sha256, files });
  return (document.model ?? document.dataset)!;
}

async function sha256Of(file: File): Promise<string> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined)
    throw new ApiError(
      'not-secure',
      'This browser hashes files on https or 127.0.0.1 only. Use `octet models add`, or open the page that way.',
    );
  const digest = new Uint8Array(await subtle.digest('SHA-256', await file.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** fetch tells no progress of what it sends: XMLHttpRequest does. */
function putBlob(sha256: string, file: File, onShare: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', routes.blob(sha256));
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => onShare(event.total === 0 ? 1 : event.loaded / event.total);
    request.onerror = () =>
      reject(new ApiError('controller-unreachable', 'The connection broke while sending. Try again.'));
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(refusal(request));
    };
    request.send(file);
  });
}

function refusal(request: XMLHttpRequest): ApiError {
  try {
    const { error } = JSON.parse(request.responseText) as { error: { code: string; message: string } };
    return new ApiError(error.code, error.message);
  } catch {
    return new ApiError(`http-${request.status}`, `The controller answered HTTP ${request.status}.`);
  }
}
