/** Where webhooks may go. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { CodedError } from '../errors.ts';
import { allAddresses, isPublicAddress, pinnedTo } from '../public-addresses.ts';

/** Milliseconds for an answer. */
const TIMEOUT_MS = 15_000;

const nameOf = ({ hostname }: URL) => hostname.toLowerCase().replace(/\.$/, '');

/**
 * What can be told of an address before anything is sent: who creates a webhook hears it at once.
 * @param hosts that the operator allows whatever their addresses and ports are
 * @throws CodedError webhook_url_not_allowed
 */
export function checkWebhookUrl(text: string, hosts: readonly string[]): URL {
  const refuse = (why: string): never => {
    throw new CodedError('webhook_url_not_allowed', why, { param: '/url' });
  };
  if (!URL.canParse(text)) refuse('The address cannot be read.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('Webhooks go by http or https.');
  if (url.username !== '' || url.password !== '') refuse('The address of a webhook names no user.');
  if (hosts.includes(nameOf(url))) return url;
  const allow = 'unless the operator allows its host with WEBHOOK_HOSTS';
  if (url.port !== '') refuse(`The address of a webhook names no port, ${allow}.`);
  if (isIP(nameOf(url).replace(/^\[|\]$/g, '')) !== 0)
    refuse('The address of a webhook has a name, no number.');
  return url;
}

/**
 * Posts a message. Redirects are not followed: a webhook says itself where it is.
 * @returns the status
 * @throws Error that says what is wrong, in words for who owns the webhook
 */
export async function post(
  text: string,
  body: string,
  headers: Record<string, string>,
  hosts: readonly string[],
): Promise<number> {
  const url = checkWebhookUrl(text, hosts);
  const all = await allAddresses(url.hostname);
  const addresses = hosts.includes(nameOf(url)) ? all : all.filter(({ address }) => isPublicAddress(address));
  if (addresses.length === 0) throw new Error(`${url.hostname} has no public address`);
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    send(
      url,
      {
        method: 'POST',
        lookup: pinnedTo(addresses),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // A connection of its own: one that is kept would outlive what was checked.
        agent: false,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'xlxmert-zoo',
        },
      },
      done,
    )
      .on('error', failed)
      .end(body);
  });
  // What it says beside its status is nobody's.
  answer.destroy();
  return answer.statusCode ?? 0;
}
