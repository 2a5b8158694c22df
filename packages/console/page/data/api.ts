/** The typed client of the service that served this page. */
import { type ApiClient, createClient } from '@fairlead/api';

export const api: ApiClient = createClient({ url: location.origin });
