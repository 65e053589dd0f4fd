/**
 * A receiver of webhooks, without dependencies: `WEBHOOK_SECRET=... PORT=9000 node examples/webhook-receiver.mjs`. It takes
 * what is signed, fresh and new, and prints it. With PORT=0 it takes a free port.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { WEBHOOK_SECRET: secret, PORT: port = '9000' } = process.env;
if (!secret) throw new Error('WEBHOOK_SECRET is missing');
const TOLERANCE_S = 300;
const MAX_BODY = 64 * 1024;
/** Ids that were taken, with when. In a real receiver: a unique column, written with what the message brings about. */
const taken = new Map();

/** What is wrong with a message, as a status; undefined when it is to be taken. */
function refusal(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': given } = headers;
  if (!id || !given || !/^\d{1,12}$/.test(timestamp ?? '')) return 400;
  const right = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
  // While the sender changes its secret there are several signatures; one of them is for ours.
  const isRight = given.split(' ').some((one) => {
    const [version, text = ''] = one.split(',');
    const bytes = Buffer.from(text, 'base64');
    // In constant time: how long it takes must not tell how much of it is right.
    return version === 'v1' && bytes.length === right.length && timingSafeEqual(bytes, right);
  });
  if (!isRight) return 401;
  // Signed, but old: somebody has recorded it and sends it again. Our clock must be right.
  return Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S ? 401 : undefined;
}

/** True when it is the first of this id. Each attempt has a timestamp of its own, so ids are kept for the three days. */
function isNew(id) {
  for (const [old, at] of taken) if (Date.now() - at > 4 * 24 * 3600_000) taken.delete(old);
  if (taken.has(id)) return false;
  taken.set(id, Date.now());
  return true;
}

async function receive(request, response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('too long');
    chunks.push(chunk);
  }
  // The bytes as they came: JSON that was parsed and written again has another signature.
  const body = Buffer.concat(chunks);
  const status = refusal(request.headers, body) ?? 204;
  // A repetition is taken as well, else it would come again; it only brings nothing about.
  if (status === 204 && isNew(request.headers['webhook-id'])) console.log(body.toString());
  response.writeHead(status).end();
}

const server = createServer((request, response) => {
  // Whoever sends too much or goes away has no answer coming.
  receive(request, response).catch(() => response.destroy());
});
server.listen(Number(port), '127.0.0.1', () =>
  console.log(`listening on 127.0.0.1:${server.address().port}`),
);
