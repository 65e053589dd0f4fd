/** A client of server-sent events. */
import { request, type IncomingMessage } from 'node:http';
import type { Loose } from './harness.ts';

export interface Stream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** What has come so far. */
  text(): string;
  events(): { event: string; id?: string; data: Loose }[];
  ended(): boolean;
  close(): void;
}

/** Opens a stream over a socket of its own. */
export function openStream(url: URL, headers: Record<string, string> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (answer) => {
      let text = '';
      let over = false;
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => (over = true)).on('error', () => {});
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        text: () => text,
        events: () => text.split('\n\n').flatMap(parse),
        ended: () => over,
        close: () => sent.destroy(),
      });
    });
    sent.on('error', reject).end();
  });
}

function parse(block: string): { event: string; id?: string; data: Loose }[] {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
  );
  if (fields['event'] === undefined) return [];
  const id = fields['id'] === undefined ? {} : { id: fields['id'] };
  return [{ event: fields['event'], ...id, data: JSON.parse(fields['data'] ?? 'null') }];
}
