import { routes } from '@octet/protocol';

/**
 * Trades the token of the address (`#token=...`, as `octet up` prints it) for an HttpOnly cookie and takes it out of the address
 * bar. Without one the cookie of an earlier visit has to do; pages then say what to do if it is not there.
 */
export async function openSession(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  await fetch(routes.session, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => undefined);
}
