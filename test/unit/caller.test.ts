/** Whom a message to a workflow is believed to come from. */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { CALL_HEADER, type CallContext } from '../../src/contracts/caller.ts';
import { actorOf, asCaller, callerFrom, viaOf } from '../../src/workflows/shared/caller.ts';

const anna: CallContext = { user: 'anna', roles: ['hr'], via: 'http' };

test('no header: it came through Temporal itself and is the operator’s', () => {
  const caller = callerFrom({});
  expect(actorOf(caller)).toEqual({ id: 'operator', roles: [], operator: true });
  expect(viaOf(caller, 'signal')).toBe('signal');
});

test('the operator may say for whom it is', () => {
  expect(actorOf(callerFrom({}), 'anna')).toEqual({ id: 'anna', roles: [], operator: true });
});

test('a header: it is the gateway’s caller, whatever the payload says', () => {
  const caller = callerFrom(headerOf(anna));
  expect(actorOf(caller)).toEqual({ id: 'anna', roles: ['hr'], operator: false });
  expect(actorOf(caller, 'operator')).toEqual({ id: 'anna', roles: ['hr'], operator: false });
  expect(viaOf(caller, 'signal')).toBe('http');
});

test('nothing in a header makes an operator', () => {
  const posing = { ...anna, user: 'operator', operator: true };
  expect(actorOf(callerFrom(headerOf(posing))).operator).toBe(false);
});

describe('a header that cannot be read is nobody’s, without any role', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const json = { encoding: bytes('json/plain') };
  test.each<[string, Headers]>([
    ['wrong JSON', { [CALL_HEADER]: { metadata: json, data: bytes('{"user": "an') } }],
    ['no encoding', { [CALL_HEADER]: { data: bytes('{}') } }],
    [
      'an unknown encoding',
      { [CALL_HEADER]: { metadata: { encoding: bytes('binary/secret') }, data: bytes('x') } },
    ],
    ['an empty payload', { [CALL_HEADER]: {} }],
    ['null', headerOf(null)],
    ['a list', headerOf([anna])],
    ['no roles', headerOf({ user: 'anna', via: 'http' })],
    ['roles as text', headerOf({ ...anna, roles: '*' })],
    ['no user', headerOf({ roles: ['*'], via: 'http' })],
  ])('%s', (_what, headers) => {
    const actor = actorOf(callerFrom(headers), 'anna');
    expect(actor).toEqual({ id: 'unknown', roles: [], operator: false });
  });
});

test('what is not a caller behind the payload counts as none, and only the interceptor puts one there', () => {
  expect(asCaller(undefined)).toEqual({});
  expect(asCaller('operator')).toEqual({});
  expect(asCaller({ context: anna })).toEqual({ context: anna });
});

function headerOf(value: unknown): Headers {
  return { [CALL_HEADER]: defaultPayloadConverter.toPayload(value) };
}
