import { bundleDigestInput, routes, type Bundle, type BundleFile } from '@octet/protocol';
import { ApiError, postDocument } from './api.js';
import { inBundleOrder } from './bundle-order.js';

export type Upload = { phase: 'hash' | 'send' | 'register'; share: number };

/** What one buffer of a browser holds. */
const mostBytes = 2e9;

/**
 * Stores files by their hashes and registers them together under a name: a dataset, or a model with the files that hold its
 * weights. `onProgress` hears the share that was sent, 0 to 1.
 */
export async function uploadFiles(
  kind: 'models' | 'datasets',
  picked: readonly File[],
  onProgress: (upload: Upload) => void,
): Promise<Bundle> {
  const sorted = kind === 'models' ? inBundleOrder(picked) : picked;
  const files: BundleFile[] = [];
  for (const [index, file] of sorted.entries()) {
    onProgress({ phase: 'hash', share: index / sorted.length });
    files.push({ path: file.name, sha256: await sha256Of(file), sizeBytes: file.size });
  }
  const allBytes = Math.max(1, sum(files));
  for (const [index, file] of sorted.entries()) {
    const before = sum(files.slice(0, index));
    const note = (share: number) => onProgress({ phase: 'send', share: (before + share * file.size) / allBytes });
    await putBlob(files[index]!.sha256, file, note);
  }
  onProgress({ phase: 'register', share: 1 });
  const first = sorted[0]!.name;
  const name = kind === 'models' ? first.replace(/\.onnx$/i, '') : first;
  const body = { name, sha256: await bundleSha256(files), files };
  const document = await postDocument<{ model?: Bundle; dataset?: Bundle }>(routes[kind], body);
  return (document.model ?? document.dataset)!;
}

function sum(files: readonly BundleFile[]): number {
  return files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}

async function bundleSha256(files: readonly BundleFile[]): Promise<string> {
  const input = bundleDigestInput(files);
  return input === null ? files[0]!.sha256 : sha256Of(new Blob([input]));
}

async function sha256Of(content: Blob): Promise<string> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined)
    throw new ApiError(
      'not-secure',
      'This browser hashes files on https or 127.0.0.1 only. Use `octet models add`, or open the page that way.',
    );
  if (content.size > mostBytes)
    throw new ApiError('file-too-large', 'A browser reads files of up to 2 GB. Use `octet models add MODEL.onnx`.');
  const digest = new Uint8Array(await subtle.digest('SHA-256', await content.arrayBuffer()));
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
