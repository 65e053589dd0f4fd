/** Webhooks of document types, when the types are read. */
import { expect, test } from 'vitest';
import { checkWebhooks } from '../../src/check-webhooks.ts';
import { documentTypes, parseDocumentType } from '../../src/document-types/index.ts';
import { StartupError } from '../../src/startup-error.ts';

const typeWith = (url: string) =>
  parseDocumentType({
    name: 'order',
    version: 1,
    title: 'Order',
    sections: { Line: { title: 'Line', schema: { type: 'object' } } },
    webhooks: [{ url }],
  });

test.each([
  'file:///etc/passwd',
  'ftp://hooks.example.org/',
  'javascript:alert(1)',
  '//hooks.example.org/',
  'hooks.example.org',
  'http:hooks.example.org',
  'http:///hooks.example.org',
  'http://me@hooks.example.org/',
  'http://me:secret@hooks.example.org/',
  'http://hooks.example.org@127.0.0.1/',
  'http://hooks.example.org\\@127.0.0.1/',
  'http://hooks.example.org\\.evil.example/',
  'https://hooks.example.org/#fragment',
  'https://hooks.example.org/a b',
  'https://hooks.example.org/\n',
  'http://hooks.example.org:65536/',
  'http://1.2.3.256/',
  'http://[::1/',
])('%j is no URL of a webhook', (url) => {
  expect(typeWith(url)).toMatchObject({
    ok: false,
    refusal: { errors: [{ pointer: '/webhooks/0/url' }] },
  });
});

test.each([
  ['https://hooks.example.org/a?b=c', ['hooks.example.org'], undefined],
  ['https://Hooks.Example.org:443/', ['hooks.example.org:443'], undefined],
  ['http://127.0.0.1:9000/', ['localhost:9000', '127.0.0.1:9000'], undefined],
  ['http://internal.example.org:9000/', ['internal.example.org:9000=private'], undefined],
  ['http://127.0.0.1:9001/', ['127.0.0.1:9000'], '127.0.0.1:9001'],
  // As it will be called, not as it is written.
  ['http://2130706433:9000/', ['hooks.example.org'], '127.0.0.1:9000'],
  ['http://hooks.example.org.evil.example/', ['hooks.example.org'], 'evil.example'],
  ['http://hooks.example.org./', ['hooks.example.org'], 'hooks.example.org.'],
])('%s with %j: refused is %s', (url, allow, refused) => {
  const parsed = typeWith(url);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  const check = () => checkWebhooks(documentTypes([parsed.value]), allow);
  if (refused === undefined) return check();
  expect(check).toThrow(StartupError);
  expect(check).toThrow(`order has a webhook to`);
  expect(check).toThrow(refused);
  expect(check).toThrow('WEBHOOK_ALLOW');
});
