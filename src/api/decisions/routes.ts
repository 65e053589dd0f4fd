/**
 * The pages behind decision links. Whoever opens one sees what it would do; only the form's POST decides. There are no
 * cookies and no sessions: the token in the path says it all, so it is kept out of logs and referrers.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FAILURES } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { Directory } from '../../contracts/people.ts';
import {
  DECISIONS,
  isExpired,
  readLink,
  type DecisionLink,
  type LinkSettings,
} from '../../shared/decision-links.ts';
import type { TypedApp } from '../app.ts';
import type { Request } from '../documents/service.ts';
import { asProblem, logFailure, problem, RETRY_AFTER } from '../errors.ts';
import { refuseForeign } from './origin.ts';
import { decideBy } from './parts.ts';
import { askPage, decidedPage, PAGE_POLICY, readerOf, refusedPage } from './pages.ts';
import type { DecisionPreview, DecisionSubject, DecisionSubjects } from './subject.ts';
import { verdictOf } from './verdict.ts';

export interface DecisionRoutes {
  readonly subjects: DecisionSubjects;
  readonly directory: Directory;
  readonly links: LinkSettings;
}

/** Bytes of a form: a reason, each character of which may be encoded as nine. */
const FORM_LIMIT = 9 * LIMITS.reason + 1_000;

/** Why a link does nothing, as a page with this status and heading. */
class DeadLink extends Error {
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, why: string) {
    super(why);
    this.status = status;
    this.title = title;
  }
}

/** Registers `GET` and `POST /decisions/{token}`, in a scope of its own: it takes forms, and answers pages. */
export function decisionRoutes(app: TypedApp, context: DecisionRoutes): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_LIMIT },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  );
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'content-security-policy': PAGE_POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'x-frame-options': 'DENY',
    });
    refuseForeign(request, context.links.publicUrl);
  });
  app.setErrorHandler(sendPage);
  const options = { schema: { hide: true }, config: { byToken: true } } as const;
  app.get<Params>(`${DECISIONS}/:token`, options, async (request, reply) => {
    const asked = ask(context, request);
    const now = await asked.subject.preview(asked.link.id, asked.request);
    return show(context, asked.link, now, reply);
  });
  app.post<Params>(`${DECISIONS}/:token`, options, async (request, reply) => {
    const asked = ask(context, request);
    const { link, subject } = asked;
    const reason = reasonIn(request.body);
    const now = await subject.preview(link.id, asked.request);
    if (verdictOf(link, now).kind !== 'ask') return show(context, link, now, reply);
    try {
      await decideBy(link, reason, subject, asked.request);
    } catch (error) {
      if (!isJudgement(error)) throw error;
      // Somebody was faster; how it stands now says who.
      const later = await subject.preview(link.id, asked.request);
      if (verdictOf(link, later).kind === 'ask') throw error;
      return show(context, link, later, reply);
    }
    return show(context, link, await subject.preview(link.id, asked.request), reply);
  });
}

interface Params {
  Params: { token: string };
}

interface Asked {
  readonly link: DecisionLink;
  readonly subject: DecisionSubject;
  readonly request: Request;
}

/** What the request asks for, if it may. @throws DeadLink */
function ask(
  { links, subjects, directory }: DecisionRoutes,
  request: FastifyRequest<Params>,
): Asked {
  const link = readLink(links.secrets, request.params.token);
  const subject = link && subjects[link.kind];
  if (!link || !subject) {
    const why =
      'This is not a link of ours, or not all of it. Copy it whole, or open it from the mail again.';
    throw new DeadLink(400, 'This link does not work', why);
  }
  if (isExpired(link)) {
    const why = 'Its time is over, and nothing was decided with it now.';
    throw new DeadLink(410, 'This link has expired', why);
  }
  const { user } = link;
  const named = request.headers['x-user'];
  if (named !== undefined && named !== '' && named !== user)
    throw new DeadLink(403, 'This link is not yours', 'It is for somebody else.');
  // What is decided by role today is known of the person only here; a link itself gives none.
  const roles = directory.person(user)?.roles ?? [];
  const actor = { id: user, roles, operator: false };
  const { signal } = request;
  return { link, subject, request: { actor, context: { user, roles, via: 'http' }, signal } };
}

/** The page for how it stands. */
function show(
  { directory }: DecisionRoutes,
  link: DecisionLink,
  now: DecisionPreview,
  reply: FastifyReply,
): FastifyReply {
  const reader = readerOf(link.user, (id) => directory.person(id));
  const verdict = verdictOf(link, now);
  switch (verdict.kind) {
    case 'ask':
      return send(reply, 200, askPage(link, now, reader));
    case 'decided': {
      const status = verdict.before.decision === link.decision ? 200 : 409;
      return send(reply, status, decidedPage(link, now, verdict.before, reader));
    }
    case 'refused': {
      const title = 'This cannot be decided by this link';
      return send(reply, verdict.status, refusedPage(title, verdict.why, { link, now, reader }));
    }
  }
}

/** The reason that was entered; undefined without one. @throws Problem when it is too long */
function reasonIn(body: unknown): string | undefined {
  const given = body instanceof URLSearchParams ? (body.get('reason') ?? '') : '';
  const reason = given.replaceAll('\0', '').toWellFormed().trim();
  if (reason.length > LIMITS.reason)
    throw problem('too-large', `The reason may have ${LIMITS.reason} characters at most.`);
  return reason === '' ? undefined : reason;
}

/** Whether the decision itself was refused; otherwise nobody knows what became of it. */
function isJudgement(error: unknown): boolean {
  const { status } = FAILURES[asProblem(error).refusal.code];
  return status < 500;
}

/** Every failure as a page. */
function sendPage(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof DeadLink)
    return send(reply, error.status, refusedPage(error.title, error.message));
  const failure = asProblem(error);
  logFailure(failure, error, request);
  const { code, detail } = failure.refusal;
  const { status, title, retryable } = FAILURES[code];
  if (code === 'unsupported-media-type')
    return send(reply, status, refusedPage('Not understood', 'Send the form of this page.'));
  if (retryable) reply.header('retry-after', RETRY_AFTER);
  // A document that changed while it was read is no precondition that a browser could meet.
  const shown = code === 'version-mismatch' ? 409 : status;
  const again = retryable ? ' Reload this page in a moment; whatever happens, it counts once.' : '';
  return send(reply, shown, refusedPage(title, detail + again));
}

function send(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page);
}
