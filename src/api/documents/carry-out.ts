/** One command of a request: carried out and answered, or delivered when the client does not want to wait. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Command } from '../../contracts/documents/commands.ts';
import { COMMAND } from '../../workflows/documents/commands.ts';
import { idempotencyOf } from '../idempotency.ts';
import { askedBy, etagOf, prefers, signalledBy } from '../requests.ts';
import type { DocumentRoutes } from './routes.ts';

export const Accepted = Type.Null({
  description: 'Delivered, not judged: status and history tell what came of it.',
});

/** Runs the command and answers the document; with `Prefer: respond-async` only delivers it. */
export async function carryOut(
  context: DocumentRoutes,
  id: string,
  command: Command,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (prefers(request, 'respond-async')) {
    reply.header('preference-applied', 'respond-async');
    await deliver(context, id, COMMAND, command, request, reply);
    return;
  }
  const { commander, reader, present } = context;
  const result = await commander.command(id, command, askedBy(request), idempotencyOf(request));
  const whole = prefers(request, 'return=representation');
  if (whole) reply.header('preference-applied', 'return=representation');
  const answered = whole ? undefined : present.result(result);
  const document =
    answered ??
    present.found(await reader.read(id, askedBy(request)), request.actor, { data: whole });
  void reply.header('etag', etagOf(document.version)).send(document);
}

/** Sends the signal and answers 202. */
export async function deliver(
  { commander, present }: DocumentRoutes,
  id: string,
  name: string,
  payload: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await commander.signal(id, name, payload, signalledBy(request));
  void reply.code(202).header('location', present.places.document(id, '/status')).send();
}
