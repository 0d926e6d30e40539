/** Sends errors to Sentry: the error and where in our code it was, and nothing of the person or of what the page showed. */
import {
  BrowserClient,
  dedupeIntegration,
  defaultStackParser,
  type ErrorEvent,
  makeFetchTransport,
  Scope,
} from "@sentry/browser";

export function open(dsn: string, version: string): (error: unknown) => void {
  const client = new BrowserClient({
    dsn,
    release: `blockbotx-console@${version}`,
    transport: makeFetchTransport,
    stackParser: defaultStackParser,
    integrations: [dedupeIntegration()],
    beforeSend: (event) => bare(event),
  });
  const scope = new Scope();
  scope.setClient(client);
  client.init();
  return (error) => void scope.captureException(error);
}

/** Addresses hold tokens of mails, and what somebody searched for. */
function bare({ request, user, breadcrumbs, extra, ...event }: ErrorEvent): ErrorEvent {
  return event;
}
