/** The same onboarding through the gateway, as an HTTP client with kept connections. */
import { Agent, request as httpRequest } from 'node:http';
import { feedback, metadata, SECTIONS } from './lifecycle.mjs';
import { inParallel, timed } from './measure.mjs';

const agent = new Agent({ keepAlive: true });

/** @returns {Promise<{status: number, text: string}>} */
export async function send(method, url, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'x-user': 'dev',
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (part) => (received += part));
      response.once('end', () => resolve({ status: response.statusCode, text: received }));
      response.once('error', reject);
    });
    request.end(text);
  });
}

/** The answer, when it has this status. */
export async function expecting(status, method, url, body) {
  const answer = await send(method, url, body);
  if (answer.status === status) return answer;
  throw new Error(`${method} ${url} answered ${answer.status}: ${answer.text}`);
}

const WAYS = {
  signals: {
    section: (document, name) => expecting(202, 'POST', `${document}/events/${name}`, feedback),
    approve: (document) => expecting(202, 'POST', `${document}/events/SubmissionApproval`, true),
  },
  updates: {
    section: (document, name) => expecting(200, 'PUT', `${document}/sections/${name}`, feedback),
    approve: (document) => expecting(200, 'POST', `${document}/approve`, {}),
  },
};

/** Resolves with the id of the document when all is sent. */
export async function httpLifecycle(url, way, latencies, pause = async () => {}) {
  const { section, approve } = WAYS[way];
  const body = { type: 'employee-onboarding', title: 'Bench', metadata };
  const { text } = await timed(latencies.start, () =>
    expecting(201, 'POST', `${url}/api/documents`, body),
  );
  const { id } = JSON.parse(text);
  const document = `${url}/api/documents/${id}`;
  for (const name of SECTIONS) {
    await pause(id);
    await timed(latencies.event, () => section(document, name));
  }
  await pause(id);
  await timed(latencies.approve, () => approve(document));
  return id;
}

/** `count` section events to each of these documents. */
export async function httpEvents(url, ids, count, latencies) {
  await inParallel(ids.length, ids.length, async (k) => {
    for (let i = 0; i < count; i++) {
      await timed(latencies.event, () =>
        WAYS.signals.section(`${url}/api/documents/${ids[k]}`, SECTIONS[i % 3]),
      );
    }
  });
}
