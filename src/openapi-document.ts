/** The OpenAPI document as text, without anything running behind the routes. */
import { buildApp } from './app.ts';
import type { Services } from './services.ts';

/** Nothing of the services is touched until a request comes. */
const NO_SERVICES = { records: {}, host: {} } as unknown as Services;

export async function openapiDocument(): Promise<string> {
  const app = await buildApp(NO_SERVICES);
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}
