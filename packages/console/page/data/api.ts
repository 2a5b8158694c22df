/** The typed client of the service that served this page. Its session is a cookie. */
import { type ApiClient, createClient } from '@fairlead/api';

export const api: ApiClient = createClient({ url: location.origin });
