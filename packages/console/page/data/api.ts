/** The typed client of the service that served this page. */
import { type ApiClient, CSRF_HEADER, createClient } from '@fairlead/api';

export const api: ApiClient = createClient({
  url: location.origin,
  // A page of another origin cannot set the header.
  fetch: (url, init) =>
    fetch(url, { ...init, headers: { ...init.headers, [CSRF_HEADER]: '1' } } as RequestInit),
});
